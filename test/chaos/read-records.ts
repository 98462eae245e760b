import type {
	DeadLetter,
	DecisionRecord,
	Notice,
	Place,
	ResultRecord,
	TicketRecord,
} from "./evidence.ts";
import type { TopicRecord } from "./read-topics.ts";
import { topics } from "./world.ts";

/** What is on the topics, as the evidence shows it. */
export interface TopicEvidence {
	decisions: DecisionRecord[];
	deadLetters: DeadLetter[];
	tickets: TicketRecord[];
	results: ResultRecord[];
	frames: Notice[];
	incidents: Notice[];
}

/** Topics whose records are read, not only counted. */
export const valueTopics: ReadonlySet<string> = new Set(
	(["tickets", "results", "ticketsDlq", "telemetry", "incidents"] as const).map(
		(role) => topics[role].name,
	),
);

/** Reads every record for what it says of itself. */
export function readRecords(records: readonly TopicRecord[]): TopicEvidence {
	const on = (...roles: (keyof typeof topics)[]) => {
		const names = new Set(roles.map((role) => topics[role].name));
		return records.filter(({ topic }) => names.has(topic));
	};
	return {
		decisions: on("consensus").map(readDecision),
		deadLetters: on("consensusDlq", "resultsDlq").map(readDeadLetter),
		tickets: on("tickets").map(readTicket),
		results: on("results", "ticketsDlq").map(readResult),
		frames: on("telemetry").map((record) => readNotice(record, "frame_id")),
		incidents: on("incidents")
			.filter(isOfOutcome)
			.map((record) => readNotice(record, "incident_id")),
	};
}

function readDecision(record: TopicRecord): DecisionRecord {
	return {
		...placeOf(record),
		subject: record.headers["chaos-subject"] ?? "unknown",
		kind: (record.headers["chaos-kind"] ?? "plan") as DecisionRecord["kind"],
		atMs: record.atMs,
	};
}

function readDeadLetter({ topic, headers }: TopicRecord): DeadLetter {
	return {
		topic,
		reason: headers["dlq-reason"] ?? "",
		source: {
			topic: headers["dlq-source-topic"] ?? "",
			partition: Number(headers["dlq-source-partition"]),
			offset: headers["dlq-source-offset"] ?? "",
		},
	};
}

function readTicket(record: TopicRecord): TicketRecord {
	const { ticket_id, plan_id, task_id, task_type, parameters, metadata } =
		parse(record) as {
			ticket_id: string;
			plan_id: string;
			task_id: string;
			task_type: string;
			parameters: Record<string, string>;
			metadata: Record<string, string>;
		};
	const isUndoing = task_type === "COMPENSATE";
	return {
		...placeOf(record),
		wireId: ticket_id,
		logicalId: metadata.logical_ticket_id ?? ticket_id,
		attempt: Number(metadata.attempt),
		planId: plan_id,
		taskId: task_id,
		compensates: isUndoing ? (parameters.original_ticket_id ?? null) : null,
		atMs: record.atMs,
	};
}

function readResult(record: TopicRecord): ResultRecord {
	const { ticket_id, status } = parse(record) as {
		ticket_id: string;
		status: ResultRecord["status"];
	};
	const isDeadLetter = record.topic === topics.ticketsDlq.name;
	return {
		...placeOf(record),
		wireId: ticket_id,
		status: isDeadLetter ? "FAILED" : status,
		atMs: record.atMs,
	};
}

/** Of how a plan ended, not of when: faults make plans late. */
function isOfOutcome(record: TopicRecord): boolean {
	const { incident_type } = parse(record) as Record<string, unknown>;
	return incident_type !== "SLA_VIOLATION";
}

function readNotice(record: TopicRecord, idField: string): Notice {
	const body = parse(record) as Record<string, string>;
	// Incidents name the workflow alone.
	const planId = body.plan_id ?? body.workflow_id?.replace(/^orch-/, "");
	return {
		id: body[idField] ?? "",
		planId: planId ?? "",
		atMs: record.atMs,
	};
}

function placeOf({ topic, partition, offset }: TopicRecord): Place {
	return { topic, partition, offset };
}

function parse({ value }: TopicRecord): unknown {
	return JSON.parse(value?.toString() ?? "null");
}
