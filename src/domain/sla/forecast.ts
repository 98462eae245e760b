import { type Execution, specOf, stateOf } from "../execution/state.ts";
import { expectedMs } from "../generate-tickets.ts";
import { firstWithin } from "../payload-limits.ts";
import { forecastMiss } from "./forecast-miss.ts";
import type { PlanForecast } from "./sla-terms.ts";

const MAX_PATH = 20;
const MAX_PATH_BYTES = 4_000;

/** A path through open tickets: it ends at `max(fixedEndMs, now + floorMs)`. */
interface OpenPath {
	ticket: number;
	fixedEndMs: number;
	floorMs: number;
}

/** The forecast of the critical path, and how likely the deadline is missed. null: no ticket is open. */
export function forecastPlan(
	execution: Execution,
	deadlineMs: number,
	nowMs: number,
): PlanForecast | null {
	const found = forecastPath(execution, deadlineMs, nowMs);
	if (found === null) return null;
	const miss = forecastMiss(execution, found.path, { deadlineMs, nowMs });
	return { ...found.forecast, ...(miss && { miss }) };
}

/**
 * The critical path, and its forecast without chances: a running ticket ends when its estimate, or the median of its
 * prediction, is over, or at any moment once it took longer; a ticket that waits for its back-off begins after it;
 * everything behind takes its estimate. null: no ticket is open.
 */
export function forecastPath(
	execution: Execution,
	deadlineMs: number,
	nowMs: number,
): { forecast: PlanForecast; path: number[] } | null {
	const endAt = ({ fixedEndMs, floorMs }: OpenPath, atMs: number) =>
		Math.max(fixedEndMs, atMs + floorMs);
	const leftMs = remainingPaths(execution);
	let longest: OpenPath | undefined;
	let lateFromMs = Infinity;
	for (let ticket = 0; ticket < leftMs.length; ticket++) {
		const path = openPath(execution, ticket, { leftMs, nowMs });
		if (path === undefined) continue;
		if (longest === undefined || endAt(path, nowMs) > endAt(longest, nowMs))
			longest = path;
		const isLate = path.fixedEndMs > deadlineMs;
		lateFromMs = Math.min(
			lateFromMs,
			isLate ? nowMs : deadlineMs - path.floorMs,
		);
	}
	if (longest === undefined) return null;
	const predicted_end = endAt(longest, nowMs);
	const path = pathFrom(execution, longest.ticket, leftMs);
	const names = path
		.slice(0, MAX_PATH)
		.map((ticket) => specOf(execution, ticket).task_id);
	const forecast = {
		at: nowMs,
		predicted_end,
		remaining_ms: predicted_end - nowMs,
		late_from: lateFromMs,
		path: firstWithin(names, MAX_PATH_BYTES),
		path_length: path.length,
	};
	return { forecast, path };
}

/**
 * For every open ticket the estimated time of the longest path of open tickets that begins with it; 0 for ended
 * ones. Dependencies stand before their dependants.
 */
function remainingPaths({
	tickets,
	specs,
	dependants,
}: Execution): readonly number[] {
	const leftMs = new Array<number>(tickets.length).fill(0);
	for (let ticket = tickets.length - 1; ticket >= 0; ticket--) {
		if (tickets[ticket]?.outcome !== null) continue;
		let behindMs = 0;
		for (const dependant of dependants[ticket] ?? [])
			behindMs = Math.max(behindMs, leftMs[dependant] ?? 0);
		const spec = specs[ticket];
		leftMs[ticket] = behindMs + (spec === undefined ? 0 : expectedMs(spec));
	}
	return leftMs;
}

/** undefined: the ticket has ended, or lies behind another open one. */
function openPath(
	execution: Execution,
	ticket: number,
	{ leftMs, nowMs }: { leftMs: readonly number[]; nowMs: number },
): OpenPath | undefined {
	const { outcome, phase, missing, clockFromMs, nextAttemptAtMs } = stateOf(
		execution,
		ticket,
	);
	if (outcome !== null || missing > 0) return undefined;
	const wholeMs = leftMs[ticket] ?? 0;
	if (phase === "running" && clockFromMs !== null) {
		const floorMs = wholeMs - expectedMs(specOf(execution, ticket));
		return { ticket, fixedEndMs: clockFromMs + wholeMs, floorMs };
	}
	const beginMs = phase === "backing-off" ? (nextAttemptAtMs ?? nowMs) : nowMs;
	return { ticket, fixedEndMs: beginMs + wholeMs, floorMs: wholeMs };
}

/** The longest path from this ticket on. */
function pathFrom(
	execution: Execution,
	first: number,
	leftMs: readonly number[],
): number[] {
	const { dependants } = execution;
	const path: number[] = [];
	for (let ticket: number | undefined = first; ticket !== undefined; ) {
		path.push(ticket);
		let next: number | undefined;
		for (const dependant of dependants[ticket] ?? []) {
			if (stateOf(execution, dependant).outcome !== null) continue;
			if (next === undefined || (leftMs[dependant] ?? 0) > (leftMs[next] ?? 0))
				next = dependant;
		}
		ticket = next;
	}
	return path;
}
