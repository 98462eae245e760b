import type { PutDeadLetter } from "../dead-letters/put-dead-letter.ts";
import type { DeadLetterReason } from "../domain/dead-letter.ts";
import { MAX_ID_LENGTH } from "../domain/field-reader.ts";
import type { TicketResult } from "../domain/plan-run.ts";
import { readResult, readTicketDeadLetter } from "../domain/read-result.ts";
import { planHeaderNames, utf8Of } from "../domain/record-headers.ts";
import { isRetryable } from "../errors.ts";
import type { Log } from "../log.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import {
	type AttemptEnds,
	findDuplicates,
	type LateResult,
	lateReason,
} from "../plans/late-results.ts";
import type { DecodeRecord, KafkaRecord } from "../plans/records.ts";
import type { ResultBatcher } from "../plans/result-batcher.ts";
import {
	type ResultTokens,
	type TicketClaim,
	withoutSecrets,
} from "../plans/result-tokens.ts";
import type { TicketIndex } from "../plans/ticket-index.ts";
import { codeOf, decodeRecord } from "./decode-record.ts";
import type { RetryLater, RetryReason } from "./retry-later.ts";
import type { Delivery, ReadRecord } from "./retry-record.ts";

export interface DeliverResultsDeps {
	topics: { ticketsDlq: string };
	decode: DecodeRecord;
	tickets: Pick<TicketIndex, "resolve" | "resolveCached">;
	/** Checks that a result comes from the worker that was given the ticket. */
	tokens: ResultTokens;
	attempts: AttemptEnds;
	batcher: ResultBatcher;
	putDeadLetter: PutDeadLetter;
	retryLater: RetryLater;
	metrics: Pick<IntakeMetrics, "duplicates">;
	log: Log;
	now?: () => number;
}

/** The progress of a batch: the first `doneCount` deliveries need not come again. */
export interface BatchProgress {
	doneCount: number;
	/** Why the next delivery has to come again; undefined when all are done. */
	failure?: unknown;
}

/**
 * Delivers results to their plans: each ends at its workflow, on a retry topic, or as a dead letter. Never
 * throws. At least once: a delivery behind one that fails may be published, and is again when it comes again.
 */
export type DeliverResults = (
	deliveries: readonly Delivery[],
) => Promise<BatchProgress>;

export interface Read extends ReadRecord {
	kind: "read";
}
interface ToDeadLetter {
	kind: "dead-letter";
	reason: DeadLetterReason;
}
interface Failed {
	kind: "failed";
	error: unknown;
}
/** `claim`: what was read of the record, so that its token can be removed from a dead letter. */
type Reading = (Read | ToDeadLetter | Failed) & { claim?: TicketClaim };
type Settled =
	| { kind: "delivered" }
	| { kind: "retry"; why: RetryReason; read: ReadRecord }
	| ToDeadLetter
	| Failed;
type Ending = Settled | ({ kind: "late" } & LateResult);

/** Makes the one function behind `execution.results`, `execution.tickets.dlq` and the retry topics. */
export function createDeliverResults(deps: DeliverResultsDeps): DeliverResults {
	return async (deliveries) => {
		const readings = await Promise.all(
			deliveries.map((delivery) => read(deps, delivery)),
		);
		const planIds = await findPlans(deps, deliveries, readings);
		const endings = await settleLate(
			deps,
			await Promise.all(
				readings.map((reading, index) => signal(deps, reading, planIds[index])),
			),
		);
		const failed = endings.findIndex(({ kind }) => kind === "failed");
		const settledCount = failed === -1 ? endings.length : failed;
		const ends = await Promise.allSettled(
			deliveries
				.slice(0, settledCount)
				.map((delivery, index) =>
					publish(
						deps,
						delivery,
						endings[index] as Settled,
						readings[index]?.claim,
					),
				),
		);
		const unpublished = ends.findIndex(({ status }) => status === "rejected");
		const end = ends[unpublished];
		if (end?.status === "rejected") {
			return { doneCount: unpublished, failure: end.reason };
		}
		const ending = endings[failed];
		if (ending?.kind !== "failed") return { doneCount: settledCount };
		return { doneCount: settledCount, failure: ending.error };
	};
}

async function read(
	{ decode, topics, tokens, now = Date.now }: DeliverResultsDeps,
	{ original, firstSeenMs, retryCount }: Delivery,
): Promise<Reading> {
	const decoded = await decodeRecord(decode, original);
	if (decoded.kind === "failed") return decoded;
	if (decoded.kind === "undecodable") {
		const { message } = decoded;
		const reason = { code: "MESSAGE_UNDECODABLE", message };
		return { kind: "dead-letter", reason };
	}
	const { topic, partition, offset } = original;
	const isTicket = topic === topics.ticketsDlq;
	const readRecord = isTicket ? readTicketDeadLetter : readResult;
	const reading = readRecord(decoded.value, { topic, partition, offset });
	const claim: TicketClaim = {
		ticketId: reading.ticketId,
		value: decoded.value,
		headers: original.headers,
		bytes: original.value,
		writtenAtMs: original.timestampMs,
		isBrokersTime: original.isBrokersTime === true,
		firstSeenMs,
	};
	if (!reading.ok) {
		const what = isTicket ? "a ticket" : "an execution result";
		const reason = {
			code: "MESSAGE_INVALID",
			message: `the record is not ${what}: ${reading.problems[0]?.message}`,
			hint: "correct every field that `problems` names and publish the record again",
			problems: reading.problems,
		};
		return { kind: "dead-letter", reason, claim };
	}
	try {
		if (!(await tokens.isProven(claim)))
			return { kind: "dead-letter", reason: unproven(reading.ticketId), claim };
	} catch (error) {
		return { kind: "failed", error };
	}
	const namedPlanId = headerPlanId(original) ?? reading.planId;
	const result: TicketResult = {
		...withoutSecrets(reading.result, tokens.secretsOf(claim)),
		// Anybody may have written a retry record: its time is not believed when it lies ahead.
		received_at_ms: Math.min(firstSeenMs, now()),
		...(retryCount > 0 && { retried: true }),
	};
	return { kind: "read", result, namedPlanId, claim };
}

/** Why a result without the right token is a dead letter. */
function unproven(ticketId: string): DeadLetterReason {
	return {
		code: "TICKET_TOKEN_WRONG",
		message: `the record does not have the token of ticket ${ticketId}: its author was not given that ticket`,
		hint: "an honest worker echoes the token of its ticket (its metadata.ticket_token or its header ticket-token) in result.metadata.ticket_token, or in the header ticket-token, before the token expires",
	};
}

/**
 * Finds the plan of each result with one look-up for all. The index counts before the plan that a record names.
 * Of a first try that Redis does not know, neither MongoDB nor the named plan is asked, unless Redis is away:
 * results that nobody published would otherwise keep those of others waiting. Retries ask both.
 */
async function findPlans(
	{ tickets }: DeliverResultsDeps,
	deliveries: readonly Delivery[],
	readings: readonly Reading[],
): Promise<(string | undefined)[]> {
	const ids = new Set(
		readings.flatMap((reading) =>
			reading.kind === "read" ? [reading.result.ticket_id] : [],
		),
	);
	if (ids.size === 0) return [];
	const areFirstTries = deliveries.every(({ retryCount }) => retryCount === 0);
	const { planIds, isConclusive } = areFirstTries
		? await tickets.resolveCached([...ids])
		: { planIds: await tickets.resolve([...ids]), isConclusive: false };
	return readings.map((reading) => {
		if (reading.kind !== "read") return undefined;
		const known = planIds.get(reading.result.ticket_id);
		if (known !== undefined || isConclusive) return known;
		return reading.namedPlanId ?? undefined;
	});
}

/** Sends the result to its plan and returns what is still to be done with its record. Never throws. */
export async function signal(
	{ batcher, log }: Pick<DeliverResultsDeps, "batcher" | "log">,
	reading: Reading,
	planId: string | undefined,
): Promise<Ending> {
	if (reading.kind !== "read") return reading;
	const retry = (why: RetryReason): Ending => ({
		kind: "retry",
		why,
		read: reading,
	});
	if (planId === undefined) return retry("plan-unknown");
	const { result } = reading;
	try {
		const outcome = await batcher.deliver(planId, result);
		if (outcome === "unknown") return retry("run-unknown");
		// A report that work has begun is of no use to a plan that has ended.
		if (outcome === "delivered" || result.status === "RUNNING") {
			return { kind: "delivered" };
		}
		return { kind: "late", planId, result };
	} catch (error) {
		if (isRetryable(error)) return { kind: "failed", error };
		log.error({ error, planId }, "result cannot be given to its plan");
		const message = error instanceof Error ? error.message : String(error);
		return { kind: "dead-letter", reason: { code: codeOf(error), message } };
	}
}

/**
 * Splits results that came after their plan's end: the plan's recorded ones are duplicates, the others are
 * too late.
 */
export async function settleLate(
	{ attempts, metrics }: Pick<DeliverResultsDeps, "attempts" | "metrics">,
	endings: readonly Ending[],
	component: "result_consumer" | "rest" = "result_consumer",
): Promise<Settled[]> {
	const late = endings.filter((ending) => ending.kind === "late");
	const duplicates = await findDuplicates(attempts, late);
	return endings.map((ending) => {
		if (ending.kind !== "late") return ending;
		if (!duplicates.has(ending)) {
			return { kind: "dead-letter", reason: lateReason(ending) };
		}
		metrics.duplicates(component);
		return { kind: "delivered" };
	});
}

async function publish(
	{ tokens, putDeadLetter, retryLater }: DeliverResultsDeps,
	delivery: Delivery,
	ending: Settled,
	claim: TicketClaim | undefined,
): Promise<void> {
	if (ending.kind === "dead-letter") {
		const letter = await tokens.redact(delivery.original, claim);
		await putDeadLetter(letter, ending.reason);
	}
	if (ending.kind === "retry")
		await retryLater(delivery, ending.read, { why: ending.why, claim });
}

/** Producers write header names in different case. */
function headerPlanId({ headers }: KafkaRecord): string | null {
	for (const { name, value } of headers) {
		if (name.length !== planHeaderNames.planId.length) continue;
		if (name.toLowerCase() !== planHeaderNames.planId) continue;
		if (value !== null && value.length > 0) return planIdIn(value);
	}
	return null;
}

/** A text that is no id names no plan. */
function planIdIn(value: Buffer): string | null {
	const id = utf8Of(value);
	return id !== undefined && id.length <= MAX_ID_LENGTH ? id : null;
}
