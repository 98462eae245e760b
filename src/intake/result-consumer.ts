import type { SetAside } from "../dead-letters/set-aside.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type {
	BatchControl,
	KafkaRecord,
	OpenConsumer,
	RunningConsumer,
} from "../plans/records.ts";
import type { BatchProgress, DeliverResults } from "./deliver-results.ts";
import { firstDelivery } from "./retry-record.ts";

export interface ResultConsumerDeps {
	topics: { results: string; ticketsDlq: string };
	openConsumer: OpenConsumer;
	deliver: DeliverResults;
	setAside: SetAside;
	metrics: Pick<IntakeMetrics, "consumed">;
	now?: () => number;
}

/**
 * Consumes workers' results and the tickets that workers gave up. A batch is done when each result is at its
 * workflow, on a retry topic or on the dead letter topic; while Temporal is away the batch comes again.
 */
export async function startResultConsumer({
	topics,
	openConsumer,
	deliver,
	setAside,
	metrics,
	now = Date.now,
}: ResultConsumerDeps): Promise<RunningConsumer> {
	return await openConsumer({
		groupSuffix: "-results",
		topics: [topics.results, topics.ticketsDlq],
		setAside,
		async handleBatch({ topic, messages }, control) {
			const nowMs = now();
			const progress = await deliver(
				messages.map((message) => firstDelivery(message, nowMs)),
			);
			metrics.consumed(topic, progress.doneCount);
			giveBack(messages, progress, control);
		},
	});
}

/** Marks the finished records as done, and throws when the rest has to come again. */
export function giveBack(
	messages: readonly KafkaRecord[],
	{ doneCount, failure }: BatchProgress,
	control: BatchControl,
): void {
	const last = messages[doneCount - 1];
	if (last !== undefined) control.done(last.offset);
	if (failure !== undefined) throw failure;
}
