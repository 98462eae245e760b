import type { PutDeadLetter } from "../dead-letters/put-dead-letter.ts";
import type { SetAside } from "../dead-letters/set-aside.ts";
import { hasCode } from "../errors.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type { KafkaRecord, RecordSender } from "../plans/records.ts";
import type { ResultTokens, TicketClaim } from "../plans/result-tokens.ts";
import {
	type Delivery,
	type ReadRecord,
	toRetryRecord,
} from "./retry-record.ts";
import { nextStep, type RetryStep } from "./retry-steps.ts";

export type RetryReason = "plan-unknown" | "run-unknown";

/**
 * Puts a result on a retry topic, with a longer delay each time, or makes it a dead letter when it is too
 * old. Resolves only after the brokers acknowledged the record; throws when they did not.
 */
export type RetryLater = (
	delivery: Delivery,
	read: ReadRecord,
	/** `claim`: whose token no dead letter may show. */
	about: { why: RetryReason; claim: TicketClaim | undefined },
) => Promise<void>;

export interface RetryLaterDeps {
	steps: readonly RetryStep[];
	/** Age at which a result whose plan was never found becomes a dead letter. */
	maxAgeMs: number;
	producer: RecordSender;
	tokens: Pick<ResultTokens, "redact" | "proofOf" | "sealOf" | "isSealed">;
	putDeadLetter: PutDeadLetter;
	setAside: SetAside;
	metrics: Pick<IntakeMetrics, "retried">;
	now?: () => number;
}

export function createRetryLater({
	steps,
	maxAgeMs,
	producer,
	tokens,
	putDeadLetter,
	setAside,
	metrics,
	now = Date.now,
}: RetryLaterDeps): RetryLater {
	return async (delivery, read, { why, claim }) => {
		const { original, firstSeenMs, retryCount } = delivery;
		const { ticket_id } = read.result;
		if (now() - firstSeenMs > maxAgeMs) {
			await putDeadLetter(await tokens.redact(original, claim), {
				code: "UNRESOLVED",
				message: `no plan was found for ticket ${ticket_id} in ${retryCount} retries (${why})`,
				hint: "publish the record again once its plan is known here",
			});
			return;
		}
		const { topic } = nextStep(steps, retryCount, maxAgeMs);
		const retrial = {
			reason: why,
			proof: claim ? tokens.proofOf(claim) : [],
			// A retry record only says itself when it was written; what a broker said of that would be lost.
			...(claim &&
				(claim.isBrokersTime || tokens.isSealed(claim)) && {
					seal: (value: Buffer) => tokens.sealOf(claim.ticketId, value),
				}),
		};
		try {
			await producer.send([toRetryRecord(topic, delivery, read, retrial)]);
			metrics.retried(why);
		} catch (error) {
			// Kafka would refuse the record again, and the records behind it must not wait.
			if (!hasCode(error, "PUBLISH_REFUSED")) throw error;
			await setAside(toSkipped(original, error));
		}
	};
}

function toSkipped(record: KafkaRecord, { message }: Error) {
	const { topic, partition, offset } = record;
	return {
		topic,
		partition,
		firstOffset: offset,
		lastOffset: offset,
		code: "SET_ASIDE" as const,
		message: `its plan is not known, and it cannot wait: ${message}`,
		record,
	};
}
