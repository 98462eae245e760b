import { type Execution, specOf, stateOf } from "../execution/state.ts";
import { missChance } from "../prediction/miss-chance.ts";
import type { MissForecast } from "./sla-terms.ts";

/** A plan's document is written often: 500 draws of a longer path would cost too much. */
const MAX_DRAWN = 60;
const MAX_RUNNING = 20;
const MAX_NAMED = 5;

interface Moment {
	deadlineMs: number;
	nowMs: number;
}

/**
 * How likely the plan misses its deadline, by the predictions along its critical path, and which running tickets may
 * miss theirs; undefined without predictions, and of a path of more than 60 tickets. Tickets of the path begin when
 * the one before has ended: workers are free, and nothing is tried twice. The same state gives the same answer.
 */
export function forecastMiss(
	execution: Execution,
	path: readonly number[],
	{ deadlineMs, nowMs }: Moment,
): MissForecast | undefined {
	const isPredicted = path.every(
		(ticket) => specOf(execution, ticket).predicted !== undefined,
	);
	if (!isPredicted || path.length > MAX_DRAWN) return undefined;
	const question = {
		planId: execution.planId,
		// Grows with every ticket that ends.
		revision: execution.tickets.length - execution.openCount,
	};
	const { chance, p10_ms, p90_ms } = missChance({
		...question,
		tickets: path.map((ticket, at) => ({
			quantiles: quantilesOf(execution, ticket),
			parents: at === 0 ? [] : [at - 1],
			ranMs: at === 0 ? ranMs(execution, ticket, nowMs) : 0,
		})),
		leftMs: deadlineMs - nowMs,
	});
	return {
		chance,
		end_p10: nowMs + p10_ms,
		end_p90: nowMs + p90_ms,
		tickets: runningAtRisk(execution, nowMs, question),
	};
}

/** The running tickets that are likeliest to end after their own deadline. */
function runningAtRisk(
	execution: Execution,
	nowMs: number,
	question: { planId: string; revision: number },
): MissForecast["tickets"] {
	const running: number[] = [];
	for (const ticket of execution.ticking) {
		if (running.length === MAX_RUNNING) break;
		const { phase } = stateOf(execution, ticket);
		const { predicted } = specOf(execution, ticket);
		if (phase === "running" && predicted !== undefined) running.push(ticket);
	}
	return running
		.map((ticket) => {
			const { task_id, deadline } = specOf(execution, ticket);
			const { chance } = missChance({
				...question,
				tickets: [
					{
						quantiles: quantilesOf(execution, ticket),
						parents: [],
						ranMs: ranMs(execution, ticket, nowMs),
					},
				],
				leftMs: deadline - nowMs,
			});
			return { task_id, chance };
		})
		.filter(({ chance }) => chance > 0)
		.toSorted((a, b) => b.chance - a.chance)
		.slice(0, MAX_NAMED);
}

function quantilesOf(execution: Execution, ticket: number) {
	const { predicted, estimated_duration_ms: ms } = specOf(execution, ticket);
	return predicted ?? ([ms, ms, ms] as const);
}

function ranMs(execution: Execution, ticket: number, nowMs: number): number {
	const { phase, clockFromMs } = stateOf(execution, ticket);
	return phase === "running" && clockFromMs !== null
		? Math.max(0, nowMs - clockFromMs)
		: 0;
}
