import type { AllocationRequest } from "../../activities/allocate-resources.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { boostPriority } from "../domain/prediction/boost-priority.ts";
import type { TicketPrediction } from "../domain/prediction/prediction.ts";
import { factsOfTicket } from "../domain/prediction/ticket-facts.ts";
import {
	type PriorityWeights,
	scorePriority,
} from "../domain/priority-score.ts";
import type { Predictor } from "../prediction/ports.ts";

/** One prediction a ticket, by the model as it is now; undefined: there is none, or predictions are off. */
export function predictChunk(
	predictor: Predictor | undefined,
	{ tickets, policy_context }: AllocationRequest,
	nowMs: number,
): TicketPrediction[] | undefined {
	if (predictor === undefined) return undefined;
	if (!predictor.isReady) {
		predictor.countEstimates(tickets.length);
		return undefined;
	}
	const tenant = policy_context?.tenant_id ?? "default";
	return predictor.predict(
		tickets.map((ticket) => factsOfTicket(ticket, { tenant, nowMs })),
	);
}

/** 0 to 1, higher where a model predicts a surprise. */
export function scoreTicket(
	ticket: Pick<
		ExecutionTicket,
		"risk_band" | "qos" | "created_at" | "sla" | "estimated_duration_ms"
	>,
	{
		nowMs,
		weights,
		asked_priority,
		prediction,
	}: {
		nowMs: number;
		weights: PriorityWeights;
		asked_priority?: AllocationRequest["asked_priority"];
		prediction: TicketPrediction | undefined;
	},
): number {
	const { risk_band, qos, created_at, sla, estimated_duration_ms } = ticket;
	const { deadline } = sla;
	const priority = scorePriority(
		{ risk_band, asked_priority, qos, created_at, deadline, nowMs },
		weights,
	);
	return boostPriority(priority, estimated_duration_ms, prediction);
}
