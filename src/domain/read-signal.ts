import { isObject, MAX_ID_LENGTH } from "./field-reader.ts";
import type { RecordSource, ResultStatus, TicketResult } from "./plan-run.ts";
import { MAX_ESTIMATE_MS } from "./read-plan.ts";
import { cut, cutOutput, MAX_ERROR_LENGTH } from "./read-result.ts";
import { LAST_TIMESTAMP_MS } from "./timestamps.ts";

const statuses: readonly unknown[] = [
	"COMPLETED",
	"FAILED",
	"RUNNING",
] satisfies ResultStatus[];

/**
 * Reads the results of a signal, which anybody with access to Temporal may send, with the limits of intake.
 * An item that is no result is left out; an unreadable field counts as absent. Never throws.
 */
export function readSignalledResults(value: unknown): TicketResult[] {
	return Array.isArray(value) ? value.flatMap(readOne) : [];
}

function readOne(value: unknown): TicketResult[] {
	if (!isObject(value)) return [];
	const { ticket_id, status, output } = value;
	if (typeof ticket_id !== "string" || ticket_id.length > MAX_ID_LENGTH)
		return [];
	// Runs of earlier releases accepted exactly these.
	if (!statuses.includes(status) || typeof output !== "object") return [];
	const received = numberIn(value.received_at_ms, LAST_TIMESTAMP_MS);
	return [
		{
			ticket_id,
			status: status as ResultStatus,
			agent_id: textOrNull(value.agent_id, MAX_ID_LENGTH),
			actual_duration_ms: numberIn(value.actual_duration_ms, MAX_ESTIMATE_MS),
			error_message: textOrNull(value.error_message, MAX_ERROR_LENGTH),
			output: cutOutput(output),
			reported_at_ms: numberIn(value.reported_at_ms, LAST_TIMESTAMP_MS),
			...(received === null ? {} : { received_at_ms: received }),
			...(value.retried === true ? { retried: true } : {}),
			...(value.preempted === true ? { preempted: true } : {}),
			source: isObject(value.source)
				? (value.source as unknown as RecordSource)
				: null,
			kind: value.kind === "dead-letter" ? "dead-letter" : "result",
		},
	];
}

function numberIn(value: unknown, maximum: number): number | null {
	return typeof value === "number" && value >= 0 && value <= maximum
		? value
		: null;
}

function textOrNull(value: unknown, maxLength: number): string | null {
	return typeof value === "string" ? cut(value, maxLength) : null;
}
