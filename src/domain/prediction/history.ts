import { logEstimateOf } from "./features.ts";
import { ALL_TYPES, type TypeHistory } from "./model.ts";
import type { FinishedTicket } from "./prediction.ts";
import { median, round6 } from "./quantiles.ts";

/** So many tickets' worth of everybody's bias is added to a tenant's own. */
const BIAS_SHRINKAGE = 20;
const MOST_TENANTS = 1_000;

/** Figures that are no numbers teach nothing. */
export function isSound(ticket: FinishedTicket): boolean {
	return (
		ticket.actual_duration_ms > 0 &&
		[
			...[ticket.actual_duration_ms, ticket.ended_at_ms, ticket.at_ms],
			...[ticket.parameters_size, ticket.estimated_duration_ms],
			ticket.retry_count,
		].every(Number.isFinite)
	);
}

/** Log of actual over estimated duration, by tenant, the largest tenants; and of all. */
export function learnEstimateBias(
	tickets: readonly FinishedTicket[],
): Record<string, number> {
	const overall = median(tickets.map(factorOf));
	const byTenant = [...Map.groupBy(tickets, ({ tenant }) => tenant)]
		.sort(
			([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1),
		)
		.slice(0, MOST_TENANTS);
	return Object.fromEntries([
		...byTenant.map(([tenant, own]): [string, number] => {
			const weight = own.length / (own.length + BIAS_SHRINKAGE);
			const bias = median(own.map(factorOf));
			return [tenant, round6(weight * bias + (1 - weight) * overall)];
		}),
		[ALL_TYPES, round6(overall)],
	]);
}

function factorOf(ticket: FinishedTicket): number {
	return logDuration(ticket) - logEstimateOf(ticket);
}

/** Durations are of completed tickets, the rate of all. */
export function learnHistory(
	tickets: readonly FinishedTicket[],
): Record<string, TypeHistory> {
	const byType = Map.groupBy(tickets, ({ task_type }) => task_type);
	const rows = [[ALL_TYPES, tickets] as const, ...byType].flatMap(
		([type, own]): [string, TypeHistory][] => {
			const durations = own.flatMap(({ completed, actual_duration_ms: ms }) =>
				completed ? [ms] : [],
			);
			if (durations.length === 0) return [];
			const mean = durations.reduce((a, b) => a + b, 0) / durations.length;
			const squares = durations.reduce((sum, ms) => sum + (ms - mean) ** 2, 0);
			return [
				[
					type,
					{
						tickets: own.length,
						avg_ms: Math.round(mean),
						std_ms: Math.round(Math.sqrt(squares / durations.length)),
						median_ms: Math.round(median(durations)),
						success_rate: round6(durations.length / own.length),
					},
				],
			];
		},
	);
	return Object.fromEntries(rows);
}

export function logDuration({ actual_duration_ms }: FinishedTicket): number {
	return Math.log(actual_duration_ms);
}
