import { setTimeout as delay } from "node:timers/promises";
import type { SetAside } from "../dead-letters/set-aside.ts";
import { OrchestratorError } from "../errors.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type {
	KafkaRecord,
	OpenConsumer,
	RunningConsumer,
	SkippedRecords,
} from "../plans/records.ts";
import type { DeliverResults } from "./deliver-results.ts";
import { giveBack } from "./result-consumer.ts";
import { fromRetryRecord } from "./retry-record.ts";
import type { RetryStep } from "./retry-steps.ts";

export interface RetryConsumerDeps {
	steps: readonly RetryStep[];
	openConsumer: OpenConsumer;
	deliver: DeliverResults;
	setAside: SetAside;
	metrics: Pick<IntakeMetrics, "consumed">;
	now?: () => number;
}

/** As many batches wait at once as there are partitions, so that none waits for another. */
const CONCURRENCY = 64;

/**
 * Consumes results that could not be delivered, each after the delay of its topic. A partition is paused
 * until its first record is due; the records behind it are due later. Other partitions do not wait.
 */
export async function startRetryConsumer({
	steps,
	openConsumer,
	deliver,
	setAside,
	metrics,
	now = Date.now,
}: RetryConsumerDeps): Promise<RunningConsumer> {
	const stopping = new AbortController();

	const delays = new Map(steps.map(({ topic, delayMs }) => [topic, delayMs]));

	/** Clocks of producers differ: nothing waits longer than the delay itself. */
	const waitMs = ({ topic, timestampMs }: KafkaRecord) => {
		const delayMs = delays.get(topic) ?? 0;
		return Math.min(timestampMs + delayMs - now(), delayMs);
	};

	const consumer = await openConsumer({
		groupSuffix: "-results-retry",
		topics: steps.map(({ topic }) => topic),
		concurrency: CONCURRENCY,
		setAside: (skipped) => setAside(toFirst(skipped)),
		async handleBatch({ topic, messages }, control) {
			const signal = AbortSignal.any([control.signal, stopping.signal]);
			for (let rest = messages; rest.length > 0; ) {
				const [head] = rest as [KafkaRecord];
				await waitUntilDue(waitMs(head), topic, signal);
				const early = rest.findIndex(
					(record, index) => index > 0 && waitMs(record) > 0,
				);
				const due = rest.slice(0, early === -1 ? rest.length : early);
				const progress = await deliver(due.map(fromRetryRecord));
				metrics.consumed(topic, progress.doneCount);
				giveBack(due, progress, control);
				rest = rest.slice(due.length);
			}
		},
	});
	return {
		ready: () => consumer.ready(),
		async stop() {
			stopping.abort();
			await consumer.stop();
		},
	};
}

/** A result that waits here lies where it was first read. */
function toFirst(skipped: SkippedRecords): SkippedRecords {
	if (skipped.record === undefined) return skipped;
	const { original } = fromRetryRecord(skipped.record);
	const { topic, partition, offset } = original;
	return {
		...skipped,
		topic,
		partition,
		firstOffset: offset,
		lastOffset: offset,
		record: original,
	};
}

async function waitUntilDue(
	waitMs: number,
	topic: string,
	signal: AbortSignal,
): Promise<void> {
	if (waitMs > 0) {
		await delay(waitMs, undefined, { signal }).catch(() => undefined);
	}
	if (signal.aborted) {
		const text = `topic ${topic} is given back before its head is due`;
		throw new OrchestratorError("INTAKE_PAUSED", text);
	}
}
