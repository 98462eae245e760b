import type { PlanStep } from "./documents.ts";
import { type Execution, newestAttempt } from "./execution/state.ts";
import { stepMovedAt } from "./plan-steps.ts";

export interface ProgressFacts {
	/** Unix epoch, ms. */
	createdAt: number;
	finishedAt: number | null;
	steps: readonly PlanStep[];
	/** The plan's tickets and those of its compensation, as far as there are any. */
	executions: readonly Execution[];
}

/** When anything of the plan last moved: a step, or a publication, begin or end of a ticket. Unix epoch, ms. */
export function lastProgressAt({
	createdAt,
	finishedAt,
	steps,
	executions,
}: ProgressFacts): number {
	let latest = Math.max(createdAt, finishedAt ?? 0);
	for (const step of steps) latest = Math.max(latest, stepMovedAt(step));
	for (const { tickets } of executions) {
		for (const ticket of tickets)
			latest = Math.max(
				latest,
				newestAttempt(ticket)?.publishedAt ?? 0,
				ticket.startedAt ?? 0,
				ticket.finishedAt ?? 0,
			);
	}
	return latest;
}

/**
 * The moment at which what is left of the longest path must begin for the plan to keep its deadline:
 * less now, it is the plan's slack. The smaller, the more urgent, so plans sort by it. Unix epoch, ms.
 */
export function slackAt(
	{ tickets, remainingMs }: Execution,
	deadline: number,
): number {
	let longestMs = 0;
	tickets.forEach(({ outcome }, ticket) => {
		if (outcome === null)
			longestMs = Math.max(longestMs, remainingMs[ticket] ?? 0);
	});
	return Math.max(0, deadline - longestMs);
}
