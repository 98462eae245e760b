import { type Execution, specOf } from "../execution/state.ts";
import type { PlanForecast } from "./forecast.ts";
import { forecastPlan } from "./forecast.ts";
import type { PlanDeadline } from "./plan-deadline.ts";
import { timesBroken } from "./violations.ts";

/** What a checkpoint of the plan found. Times are Unix epoch, ms. */
export interface SlaCheckpoint {
	name: SlaCheckpointName;
	at: number;
	predicted_end: number | null;
	/** Whether the prediction passes the deadline. */
	deadline_approaching: boolean;
	remaining_seconds: number;
}

/** After C2 and after the first publication. */
export const slaCheckpoints = [
	"post_ticket_generation",
	"post_ticket_publishing",
] as const;
export type SlaCheckpointName = (typeof slaCheckpoints)[number];

/** How a plan stands with its deadline, in its document. Times are Unix epoch, ms. */
export interface PlanSla extends PlanDeadline {
	/** The moment of C2. */
	started_at: number;
	/** null: no ticket is open. */
	forecast: PlanForecast | null;
	checkpoints: SlaCheckpoint[];
	/** The earliest deadline of an open ticket; null: none is open. */
	first_ticket_deadline: number | null;
	/** Ended tickets that broke a time that was promised for them. */
	tickets_late: number;
}

/** The plan's state against its deadline at this moment. */
export function describeSla(
	execution: Execution,
	{ deadline, source }: PlanDeadline,
	{
		startedAtMs,
		checkpoints,
		nowMs,
	}: { startedAtMs: number; checkpoints: SlaCheckpoint[]; nowMs: number },
): PlanSla {
	let first_ticket_deadline: number | null = null;
	let tickets_late = 0;
	execution.tickets.forEach((state, ticket) => {
		const spec = specOf(execution, ticket);
		if (state.outcome !== null) {
			const broken = timesBroken({
				outcome: state.outcome,
				deadline: spec.deadline,
				timeout_ms: spec.timeout_ms,
				published_at: state.attempts.at(-1)?.publishedAt ?? null,
				started_at: state.startedAt,
				finished_at: state.finishedAt,
				actual_duration_ms: state.actualDurationMs,
			});
			if (broken.length > 0) tickets_late += 1;
		} else if (
			first_ticket_deadline === null ||
			spec.deadline < first_ticket_deadline
		)
			first_ticket_deadline = spec.deadline;
	});
	return {
		deadline,
		source,
		started_at: startedAtMs,
		forecast: forecastPlan(execution, deadline, nowMs),
		checkpoints,
		first_ticket_deadline,
		tickets_late,
	};
}

/** What the forecast says at a checkpoint. */
export function takeCheckpoint(
	name: SlaCheckpointName,
	execution: Execution,
	deadlineMs: number,
	nowMs: number,
): SlaCheckpoint {
	const forecast = forecastPlan(execution, deadlineMs, nowMs);
	const predicted_end = forecast?.predicted_end ?? null;
	return {
		name,
		at: nowMs,
		predicted_end,
		deadline_approaching: predicted_end !== null && predicted_end > deadlineMs,
		remaining_seconds: (deadlineMs - nowMs) / 1000,
	};
}
