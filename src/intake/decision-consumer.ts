import type { PutDeadLetter } from "../dead-letters/put-dead-letter.ts";
import { redriveHeaderNames } from "../dead-letters/read-letter.ts";
import type { SetAside } from "../dead-letters/set-aside.ts";
import { isObject, textOf } from "../domain/field-reader.ts";
import type { IntakeOutcome } from "../domain/intake-outcome.ts";
import { headerText } from "../domain/record-headers.ts";
import { TRACEPARENT } from "../domain/trace/trace-context.ts";
import { isRetryable } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AcceptDecision } from "../plans/accept-decision.ts";
import type { IntakeMetrics } from "../plans/intake-metrics.ts";
import type {
	DecodeRecord,
	HandleBatch,
	KafkaRecord,
	OpenConsumer,
	RecordConsumer,
	RunningConsumer,
} from "../plans/records.ts";
import { type BackPressure, createBackPressure } from "./back-pressure.ts";
import { codeOf, type DecodedRecord, decodeRecord } from "./decode-record.ts";
import { runInOrder } from "./run-in-order.ts";

export interface DecisionConsumerDeps {
	topic: string;
	openConsumer: OpenConsumer;
	decode: DecodeRecord;
	accept: AcceptDecision;
	putDeadLetter: PutDeadLetter;
	setAside: SetAside;
	countOpenPlans(): Promise<number>;
	maxOpenPlans: number;
	/** Why a person has stopped intake; undefined: nobody has. */
	whyStopped?(): Promise<string | undefined>;
	/** Decisions of one batch that are handled at the same time. */
	concurrency?: number;
	/** Between two counts of open plans. */
	pollMs?: number;
	metrics: IntakeMetrics;
	log: Log;
	now?: () => number;
}

interface Arrived {
	record: KafkaRecord;
	decoded: DecodedRecord;
}

const CONCURRENCY = 16;

/**
 * Consumes decisions: each starts its plan, is recorded, or goes to the dead letter topic, and only then its
 * offset is committed. Decisions of one plan are handled one after the other. The topic is paused while
 * Temporal is away or too many plans are open.
 */
export async function startDecisionConsumer(
	deps: DecisionConsumerDeps,
): Promise<RunningConsumer> {
	const { topic, metrics, log, countOpenPlans, maxOpenPlans, pollMs } = deps;
	let consumer: RecordConsumer | undefined;
	const pressure = createBackPressure({
		topic,
		pause: () => consumer?.pause(topic),
		resume: () => consumer?.resume(topic),
		countOpenPlans,
		maxOpenPlans,
		metrics,
		log,
		...(deps.whyStopped && { whyStopped: deps.whyStopped }),
		...(pollMs === undefined ? {} : { pollMs }),
	});
	const opened = await deps.openConsumer({
		groupSuffix: "",
		topics: [topic],
		handleBatch: createHandleDecisions(deps, pressure),
		setAside: deps.setAside,
	});
	consumer = opened;
	return {
		ready: () => opened.ready(),
		async stop() {
			await Promise.all([pressure.stop(), opened.stop()]);
		},
	};
}

function createHandleDecisions(
	deps: DecisionConsumerDeps,
	pressure: BackPressure,
): HandleBatch {
	const { decode, metrics, concurrency = CONCURRENCY } = deps;
	/** Records that were handled after a failed one: they are delivered again and skipped. */
	const ahead = new Set<string>();
	return async ({ topic, messages }, { done, signal }) => {
		const items = await Promise.all(
			messages.map(async (record) => ({
				record,
				decoded: await decodeRecord(decode, record),
			})),
		);
		let doneCount = 0;
		try {
			await runInOrder({
				items,
				concurrency,
				keyOf: planKey,
				signal,
				async run(item) {
					const id = recordId(item.record);
					if (ahead.has(id)) return;
					await handleDecision(deps, pressure, item, signal);
					ahead.add(id);
					metrics.consumed(topic, 1);
				},
				onDone({ record }, count) {
					doneCount = count;
					done(record.offset);
				},
			});
		} finally {
			for (const { record } of items.slice(0, doneCount)) {
				ahead.delete(recordId(record));
			}
		}
	};
}

async function handleDecision(
	deps: DecisionConsumerDeps,
	pressure: BackPressure,
	{ record, decoded }: Arrived,
	signal: AbortSignal,
): Promise<void> {
	if (decoded.kind === "failed") throw decoded.error;
	const permit = await pressure.admit(signal);
	if (decoded.kind === "undecodable") {
		permit.release();
		const { message } = decoded;
		await deps.putDeadLetter(record, { code: "MESSAGE_UNDECODABLE", message });
		return;
	}
	try {
		const kind = await acceptRecord(deps, record, decoded.value);
		if (kind !== "started") permit.release();
	} catch (error) {
		pressure.failed(error);
		if (isRetryable(error)) throw error;
		// A bug of this service: the record must not block the records behind it.
		const source = sourceOf(record);
		deps.log.error({ error, source }, "decision cannot be handled");
		const message = error instanceof Error ? error.message : String(error);
		await deps.putDeadLetter(record, { code: codeOf(error), message });
	}
}

async function acceptRecord(
	deps: DecisionConsumerDeps,
	record: KafkaRecord,
	value: unknown,
): Promise<IntakeOutcome["kind"]> {
	const { now = Date.now } = deps;
	const outcome = await deps.accept({
		value,
		receivedAtMs: now(),
		decidedAtMs: record.timestampMs,
		source: sourceOf(record),
		via: "kafka",
		traceparent: headerText(record.headers, TRACEPARENT),
		isRedriven: headerText(record.headers, redriveHeaderNames.id) !== undefined,
	});
	if (outcome.kind === "refused") {
		const { code, reason: message, hint, problems } = outcome;
		await deps.putDeadLetter(record, { code, message, hint, problems });
	} else {
		const source = sourceOf(record);
		deps.log.info({ ...outcome, source }, "decision accepted");
	}
	return outcome.kind;
}

/** With its timestamp: a topic that was created again counts its offsets from 0. */
function recordId({ partition, offset, timestampMs }: KafkaRecord): string {
	return `${partition}/${offset}/${timestampMs}`;
}

function sourceOf({ topic, partition, offset }: KafkaRecord) {
	return { topic, partition, offset };
}

/** Decisions of one plan share a key; a record that names no plan has a key of its own. */
function planKey({ record, decoded }: Arrived): string {
	const value = decoded.kind === "value" ? decoded.value : undefined;
	const planId = isObject(value) ? textOf(value.plan_id) : undefined;
	return planId === undefined ? `offset ${record.offset}` : `plan ${planId}`;
}
