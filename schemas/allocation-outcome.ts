import Type, { type Static } from "typebox";
import { long, nullable, record, symbols } from "./avro-types.ts";
import { riskBands } from "./cognitive-plan.ts";
import { taskTypes } from "./execution-ticket.ts";

/** What we write to `ml.allocation_outcomes`. JSON only. */
export const allocationOutcomeSchema = record({
	/** Of the attempt. */
	ticket_id: Type.String(),
	plan_id: Type.String(),
	/** The agent that worked on it. */
	worker_id: nullable(Type.String()),
	/** The agent that it was given to. */
	allocated_to: nullable(Type.String()),
	task_type: symbols(taskTypes),
	risk_band: symbols(riskBands),
	priority_score: Type.Number(),
	success: Type.Boolean(),
	/** Between publication and start; null: not foretold, or no start was reported. */
	predicted_queue_ms: nullable(long),
	actual_queue_ms: nullable(long),
	/** Share of the worker's places that were taken; null: not known. */
	predicted_load_pct: nullable(Type.Number()),
	/** Execution alone; null: not foretold. */
	predicted_duration_ms: nullable(long),
	p10_ms: nullable(long),
	p90_ms: nullable(long),
	actual_duration_ms: long,
	/** `name@version+correction`; null: none predicted. */
	model: nullable(Type.String()),
	/** 0 to 1: success, and how well both times were foretold. */
	quality: Type.Number(),
	/** Of the end, Unix epoch, ms. */
	timestamp: long,
});

export type AllocationOutcome = Static<typeof allocationOutcomeSchema>;
