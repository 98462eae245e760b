import type { TicketResult } from "../../src/domain/plan-run.ts";
import type { ReadRecord } from "../../src/intake/retry-record.ts";
import type { IntakeMetrics } from "../../src/plans/intake-metrics.ts";
import type {
	KafkaRecord,
	OutgoingRecord,
	RecordSender,
} from "../../src/plans/records.ts";

const silent = () => undefined;
/** A log nobody reads. */
export const silentLog = {
	debug: silent,
	info: silent,
	warn: silent,
	error: silent,
};

/** Metrics that are kept as lines: the name of the method and its arguments. */
export function keepMetrics(): IntakeMetrics & { lines: string[] } {
	const lines: string[] = [];
	const keep =
		(name: string) =>
		(...values: unknown[]) =>
			void lines.push([name, ...values].join(" "));
	return {
		lines,
		consumed: keep("consumed"),
		decision: keep("decision"),
		correlationIdMissing: () => undefined,
		approvalAnswer: keep("approvalAnswer"),
		duplicates: keep("duplicates"),
		deadLetters: keep("deadLetters"),
		setAside: keep("setAside"),
		openDeadLetters: keep("openDeadLetters"),
		signalled: keep("signalled"),
		retried: keep("retried"),
		paused: keep("paused"),
	};
}

/** What was read of some result. */
export function someRead(changes: Partial<TicketResult> = {}): ReadRecord {
	const result: TicketResult = {
		ticket_id: "t",
		status: "COMPLETED",
		agent_id: null,
		actual_duration_ms: null,
		error_message: null,
		output: {},
		reported_at_ms: null,
		source: null,
		kind: "result",
		...changes,
	};
	return { result, namedPlanId: null };
}

/** A record of a topic that does not exist. */
export function someRecord(changes: Partial<KafkaRecord> = {}): KafkaRecord {
	return {
		topic: "plans.consensus",
		partition: 3,
		offset: "41",
		key: Buffer.from("plan-1"),
		value: Buffer.from("{}"),
		headers: [],
		timestampMs: 1_700_000_000_000,
		...changes,
	};
}

/** Keeps what is sent; `refuse` may throw instead. */
export function keepSent(
	refuse: (record: OutgoingRecord) => void = () => undefined,
): RecordSender & { sent: OutgoingRecord[] } {
	const sent: OutgoingRecord[] = [];
	return {
		sent,
		async send(records) {
			for (const record of records) {
				refuse(record);
				sent.push(record);
			}
		},
	};
}
