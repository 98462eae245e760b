import type { Evidence } from "./evidence.ts";

/** Times of one fault, from the records' own clocks. */
export interface Times {
	/** Longest time in which no ticket, result or frame passed while plans were open. */
	longestStallMs: number;
	/** From the fault's end until every plan that was sent before it had closed. */
	recoveryMs: number;
}

/** Measures the flow of the evidence; `mendedAtMs` is when everything ran again. */
export function measure(evidence: Evidence, mendedAtMs: number): Times {
	const sentAt = new Map<string, number>();
	for (const { subject, atMs } of evidence.decisions)
		sentAt.set(subject, Math.min(atMs, sentAt.get(subject) ?? Infinity));
	const closedAt = new Map(
		evidence.workflows.map(({ workflowId, closedAtMs }) => [
			workflowId,
			closedAtMs ?? mendedAtMs,
		]),
	);
	const lives = evidence.plans.flatMap(({ planId }) => {
		const from = sentAt.get(planId);
		const to = closedAt.get(`orch-${planId}`);
		return from === undefined || to === undefined ? [] : [{ from, to }];
	});
	const before = lives.filter(({ from }) => from <= mendedAtMs);
	const last = Math.max(mendedAtMs, ...before.map(({ to }) => to));
	return {
		longestStallMs: findStall(evidence, lives),
		recoveryMs: last - mendedAtMs,
	};
}

function findStall(
	{ tickets, results, frames }: Evidence,
	lives: readonly { from: number; to: number }[],
): number {
	const moments = [tickets, results, frames]
		.flatMap((records) => records.map(({ atMs }) => atMs))
		.sort((a, b) => a - b);
	let longest = 0;
	for (const [index, atMs] of moments.entries()) {
		const next = moments[index + 1];
		if (next === undefined || next - atMs <= longest) continue;
		// Silence while nothing was to be done is no stall.
		const busy = lives
			.map(({ from, to }) => Math.min(to, next) - Math.max(from, atMs))
			.reduce((most, ms) => Math.max(most, ms), 0);
		longest = Math.max(longest, busy);
	}
	return longest;
}
