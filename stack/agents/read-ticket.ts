/** The fields of an execution ticket that an agent works by; `body` is the whole record as it came. */
export interface AgentTicket {
	/** Wire id: names the attempt. */
	ticketId: string;
	/** The id of the ticket's first attempt. */
	logicalId: string;
	taskId: string;
	taskType: TaskType;
	/** Wire ids: of the attempts that completed, else of the newest when the ticket went out. */
	dependencies: string[];
	parameters: Record<string, string>;
	retryCount: number;
	timeoutMs: number;
	maxRetries: number;
	orchestratorVersion: string | null;
	/** What a result must echo, if anything. */
	token: string | null;
	body: Record<string, unknown>;
}

export type TicketReading =
	| { kind: "work"; ticket: AgentTicket }
	/** Agents take PENDING and nothing else. */
	| { kind: "not-pending"; ticketId: string; status: string }
	| {
			kind: "malformed";
			ticketId: string | null;
			errorType: "UNDECODABLE" | "MALFORMED_TICKET" | "UNKNOWN_TASK_TYPE";
			problem: string;
			body: unknown;
	  };

const taskTypes = [
	"BUILD",
	"DEPLOY",
	"TEST",
	"VALIDATE",
	"EXECUTE",
	"COMPENSATE",
	"QUERY",
	"TRANSFORM",
] as const;
export type TaskType = (typeof taskTypes)[number];

/** Of an agent that is told nothing: the least time-out a ticket gets (contracts.md, "Ticket terms by risk band"). */
const DEFAULT_TIMEOUT_MS = 60_000;

/**
 * Reads a decoded message as a ticket the way the agents in the field do (contracts.md, "Worker agents"): five
 * fields are needed, the task type is taken in any case, everything else may be absent; `token` is the header
 * `ticket-token`. Never throws.
 */
export function readTicket(body: unknown, token?: string): TicketReading {
	if (!isRecord(body)) return malformed(null, "is no JSON object", body);
	const ticketId = nonEmptyText(body.ticket_id);
	if (ticketId === null) return malformed(null, "lacks ticket_id", body);
	const missing = ["task_id", "task_type", "status"].filter(
		(field) => nonEmptyText(body[field]) === null,
	);
	if (!isTextList(body.dependencies)) missing.push("dependencies");
	if (missing.length > 0) {
		return malformed(ticketId, `lacks ${missing.join(", ")}`, body);
	}
	if (body.status !== "PENDING") {
		return { kind: "not-pending", ticketId, status: String(body.status) };
	}
	const taskType = String(body.task_type).toUpperCase();
	if (!isTaskType(taskType)) {
		const problem = `task type ${JSON.stringify(body.task_type)} is unknown to this agent`;
		return {
			kind: "malformed",
			ticketId,
			errorType: "UNKNOWN_TASK_TYPE",
			problem,
			body,
		};
	}
	return { kind: "work", ticket: toTicket(body, ticketId, taskType, token) };
}

function toTicket(
	body: Record<string, unknown>,
	ticketId: string,
	taskType: TaskType,
	token?: string,
): AgentTicket {
	const metadata = textMap(body.metadata);
	const sla = isRecord(body.sla) ? body.sla : {};
	return {
		ticketId,
		logicalId: metadata.logical_ticket_id ?? ticketId,
		taskId: String(body.task_id),
		taskType,
		dependencies: body.dependencies as string[],
		parameters: textMap(body.parameters),
		retryCount: wholeNumber(body.retry_count, 0),
		timeoutMs: wholeNumber(sla.timeout_ms, DEFAULT_TIMEOUT_MS),
		maxRetries: wholeNumber(sla.max_retries, 0),
		orchestratorVersion: metadata.orchestrator_version ?? null,
		token: token ?? metadata.ticket_token ?? null,
		// An agent that gives a ticket up sends its body back, and has to prove that too.
		body:
			token === undefined
				? body
				: { ...body, metadata: { ...metadata, ticket_token: token } },
	};
}

function malformed(
	ticketId: string | null,
	problem: string,
	body: unknown,
): TicketReading {
	return {
		kind: "malformed",
		ticketId,
		errorType: "MALFORMED_TICKET",
		problem: `the ticket ${problem}`,
		body,
	};
}

function isTaskType(text: string): text is TaskType {
	return (taskTypes as readonly string[]).includes(text);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextList(value: unknown): value is string[] {
	return (
		Array.isArray(value) && value.every((item) => typeof item === "string")
	);
}

function nonEmptyText(value: unknown): string | null {
	return typeof value === "string" && value !== "" ? value : null;
}

/** A whole number that is not negative; numbers beyond 2^53 come as bigint from some decoders. */
function wholeNumber(value: unknown, fallback: number): number {
	const number = typeof value === "bigint" ? Number(value) : value;
	return typeof number === "number" && number >= 0
		? Math.floor(number)
		: fallback;
}

function textMap(value: unknown): Record<string, string> {
	if (!isRecord(value)) return {};
	return Object.fromEntries(
		Object.entries(value).map(([key, item]) => [
			key,
			typeof item === "string" ? item : JSON.stringify(item),
		]),
	);
}
