import { type Execution, specOf } from "../execution/state.ts";
import { forecastPath, forecastPlan } from "./forecast.ts";
import { planDeadline } from "./plan-deadline.ts";
import type {
	PlanSla,
	SlaCheckpoint,
	SlaCheckpointName,
	SlaTerms,
} from "./sla-terms.ts";
import { timesBroken } from "./violations.ts";

/** The plan's state against its deadline at this moment. `startedAtMs`: when the promise began. */
export function describeSla(
	execution: Execution,
	{ promised_ms, checkpoints }: SlaTerms,
	{ startedAtMs, nowMs }: { startedAtMs: number; nowMs: number },
): PlanSla {
	const { specs } = execution;
	const { deadline, source } = planDeadline(promised_ms, specs, startedAtMs);
	let first_ticket_deadline: number | null = null;
	let tickets_late = 0;
	execution.tickets.forEach((state, ticket) => {
		const spec = specOf(execution, ticket);
		if (state.outcome !== null) {
			const broken = timesBroken({
				outcome: state.outcome,
				deadline: spec.deadline,
				timeout_ms: spec.timeout_ms,
				published_at: state.attempts[0]?.publishedAt ?? null,
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
	const found = forecastPath(execution, deadlineMs, nowMs);
	const predicted_end = found?.forecast.predicted_end ?? null;
	return {
		name,
		at: nowMs,
		predicted_end,
		deadline_approaching: predicted_end !== null && predicted_end > deadlineMs,
		remaining_seconds: (deadlineMs - nowMs) / 1000,
	};
}
