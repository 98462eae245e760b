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

/**
 * The time of the plan's last progress: a step, or a publication, begin or end of a ticket. Unix epoch, ms.
 */
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
 * The latest start of the remaining longest path that keeps the plan's deadline; minus the present time it is
 * the plan's slack. Plans sort by it: the smaller, the more urgent. Unix epoch, ms.
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
