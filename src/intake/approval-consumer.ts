import type { PutDeadLetter } from "../dead-letters/put-dead-letter.ts";
import type { SetAside } from "../dead-letters/set-aside.ts";
import type { UnmatchedAnswer } from "../domain/approvals.ts";
import { isObject, textOf } from "../domain/field-reader.ts";
import { isRetryable } from "../errors.ts";
import type { Log } from "../log.ts";
import type {
	AcceptApprovals,
	UnknownPlans,
} from "../plans/accept-approval.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type {
	DecodeRecord,
	KafkaRecord,
	OpenConsumer,
	RunningConsumer,
} from "../plans/records.ts";
import { codeOf, decodeRecord } from "./decode-record.ts";
import { runInOrder } from "./run-in-order.ts";

export interface ApprovalConsumerDeps {
	topic: string;
	openConsumer: OpenConsumer;
	decode: DecodeRecord;
	approvals: AcceptApprovals;
	putDeadLetter: PutDeadLetter;
	setAside: SetAside;
	metrics: Pick<IntakeMetrics, "consumed">;
	log: Log;
}

/** Persons answer slowly; who else writes here must not keep them waiting. */
const CONCURRENCY = 16;

/**
 * Consumes persons' answers: each is with its plan, recorded as unmatched, or on the dead letter topic before
 * its offset is committed. Answers about one plan keep their order; answers that no plan waits for are
 * recorded together at the end of the batch. While Temporal is away the batch is delivered again.
 */
export async function startApprovalConsumer(
	deps: ApprovalConsumerDeps,
): Promise<RunningConsumer> {
	const { topic, openConsumer, decode, setAside, metrics } = deps;
	return await openConsumer({
		groupSuffix: "-approvals",
		topics: [topic],
		setAside,
		async handleBatch({ messages }, { done, signal }) {
			const items = await Promise.all(
				messages.map(async (record) => ({
					record,
					decoded: await decodeRecord(decode, record),
				})),
			);
			const unmatched: UnmatchedAnswer[] = [];
			const unknown: UnknownPlans = new Map();
			let handledCount = 0;
			try {
				await runInOrder({
					items,
					concurrency: CONCURRENCY,
					keyOf: ({ record, decoded }) =>
						planKey(record, decoded.kind === "value" ? decoded.value : null),
					signal,
					async run({ record, decoded }) {
						if (decoded.kind === "failed") throw decoded.error;
						if (decoded.kind === "value") {
							const answer = await handle(deps, record, decoded.value, unknown);
							if (answer !== undefined) unmatched.push(answer);
							return;
						}
						const { message } = decoded;
						const code = "MESSAGE_UNDECODABLE";
						await deps.putDeadLetter(record, { code, message });
					},
					onDone: (_, count) => {
						handledCount = count;
					},
				});
			} finally {
				// Also after a failure: the answers before it need not come again.
				const last = messages[handledCount - 1];
				if (last !== undefined && !signal.aborted) {
					await deps.approvals.record(unmatched);
					const count = unmatched.length;
					if (count > 0) deps.log.info({ topic, count }, "answers unmatched");
					metrics.consumed(topic, handledCount);
					done(last.offset);
				}
			}
		},
	});
}

/** Answers what is still to be recorded. */
async function handle(
	{ approvals, putDeadLetter, log }: ApprovalConsumerDeps,
	record: KafkaRecord,
	value: unknown,
	unknown: UnknownPlans,
): Promise<UnmatchedAnswer | undefined> {
	const { topic, partition, offset } = record;
	const source = { topic, partition, offset };
	try {
		const outcome = await approvals.accept(value, source, unknown);
		if (outcome.kind === "unmatched") return outcome.answer;
		if (outcome.kind === "refused") await putDeadLetter(record, outcome);
		else log.info({ ...outcome, source }, "approval answer handled");
	} catch (error) {
		if (isRetryable(error)) throw error;
		// A bug of this service: the record must not block the records behind it.
		log.error({ error, source }, "approval answer cannot be handled");
		const message = error instanceof Error ? error.message : String(error);
		await putDeadLetter(record, { code: codeOf(error), message });
	}
	return undefined;
}

/** Answers about one plan share a key; what names no plan is alone. */
function planKey({ offset }: KafkaRecord, value: unknown): string {
	const planId = isObject(value) ? textOf(value.plan_id) : undefined;
	return planId === undefined ? `offset ${offset}` : `plan ${planId}`;
}
