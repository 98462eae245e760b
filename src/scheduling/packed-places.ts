import type { Trace } from "../domain/scheduling/traces.ts";
import type { ChunkRequest, FreedTicket } from "./places.ts";

export type Counts = ReadonlyMap<string, number>;

/** `ARGV[1]` of `reserveScript`. */
export function packedChunk(
	{ plan_id, intent_id, tickets }: ChunkRequest,
	halfLife: number,
): string {
	return JSON.stringify({
		plan: plan_id,
		intent: intent_id,
		halfLife,
		tickets: tickets.map((ticket) => [
			ticket.ticket_id,
			ticket.former_ticket_id ?? "",
			ticket.isCritical ? 1 : ticket.isPreemptable ? 2 : 0,
			ticket.lapseMs,
			ticket.agents.map(({ agent_id, places, ms }) => [agent_id, places, ms]),
			ticket.traceKey,
			ticket.predictedMs ?? 0,
		]),
	});
}

/** `ARGV[1]` of `freeScript`. */
export function packedEnds(
	tickets: readonly FreedTicket[],
	halfLife: number,
): string {
	return JSON.stringify({
		halfLife,
		tickets: tickets.map(({ ticket_id, outcome, agent_id, actual_ms }) => [
			ticket_id,
			outcome ?? "",
			agent_id ?? "",
			actual_ms ?? 0,
		]),
	});
}

/** A hash of agents' traces as the server lists it; one that is unreadable counts as none. */
export function tracesOf(list: readonly string[]): ReadonlyMap<string, Trace> {
	const traces = new Map<string, Trace>();
	for (let at = 0; at < list.length; at += 2) {
		const numbers = numbersOf(list[at + 1] as string);
		const [success = NaN, failure = NaN, at_ms = NaN, failed_at_ms = NaN] =
			numbers;
		// Absent in traces of earlier releases.
		const [pace = 0, paced = 0] = numbers.slice(4);
		const outcomes = { success, failure, at_ms, failed_at_ms };
		traces.set(list[at] as string, { ...outcomes, pace, paced });
	}
	return traces;
}

/** Anybody can write to Redis: what is no list of numbers is none. */
function numbersOf(text: string): number[] {
	try {
		const list: unknown = JSON.parse(text);
		return Array.isArray(list)
			? list.map((one) => (typeof one === "number" ? one : NaN))
			: [];
	} catch {
		return [];
	}
}

/** A hash as the server lists it: field, value, field, value. */
export function countsOf(list: readonly string[]): Counts {
	const counts = new Map<string, number>();
	for (let at = 0; at < list.length; at += 2)
		counts.set(list[at] as string, Number(list[at + 1]));
	return counts;
}
