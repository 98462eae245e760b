import type { AllocationOutcome } from "../../schemas/allocation-outcome.ts";
import type { AllocationMetadata } from "../domain/documents.ts";
import { allocationQuality } from "../domain/prediction/allocation-quality.ts";
import type { FinishedTicket } from "../domain/prediction/prediction.ts";

/** What became of an attempt that was given to a worker. */
export function outcomeOf(
	ticket: FinishedTicket,
	allocation: AllocationMetadata,
): AllocationOutcome {
	const { prediction, queue_ms, completed } = ticket;
	const whole = (ms: number | null | undefined) =>
		ms === null || ms === undefined ? null : Math.round(ms);
	const foretold = prediction?.source === "model" ? prediction : null;
	const predicted_queue_ms = whole(allocation.predicted_queue_ms);
	return {
		ticket_id: ticket.ticket_id,
		plan_id: ticket.plan_id,
		worker_id: ticket.worker,
		allocated_to: allocation.agent_id,
		task_type: ticket.task_type,
		risk_band: ticket.risk_band,
		priority_score: allocation.priority_score,
		success: completed,
		...{ predicted_queue_ms, actual_queue_ms: whole(queue_ms) },
		predicted_load_pct: allocation.predicted_load_pct ?? null,
		predicted_duration_ms: foretold?.duration_ms ?? null,
		p10_ms: foretold?.p10_ms ?? null,
		p90_ms: foretold?.p90_ms ?? null,
		actual_duration_ms: Math.round(ticket.actual_duration_ms),
		model: foretold?.model ?? null,
		quality: allocationQuality({
			...{ success: completed, predicted_queue_ms, queue_ms },
			predicted_duration_ms: foretold?.duration_ms ?? null,
			duration_ms: completed ? ticket.actual_duration_ms : null,
		}),
		timestamp: ticket.ended_at_ms,
	};
}
