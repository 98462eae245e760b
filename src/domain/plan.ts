import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";

export type RiskBand = ExecutionTicket["risk_band"];

export interface PlanTask {
	task_id: string;
	/** Free text; `mapTaskType` makes it a word of the wire. */
	task_type: string;
	description: string;
	dependencies: string[];
	estimated_duration_ms: number | null;
	required_capabilities: string[];
	parameters: Record<string, unknown>;
	metadata: Record<string, unknown>;
}

/** A cognitive plan whose fields have the right types; whether its graph makes sense is C1's question. */
export interface Plan {
	plan_id: string;
	intent_id: string | null;
	correlation_id: string | null;
	risk_band: RiskBand;
	risk_score: number;
	domain: string | null;
	priority: string;
	security_level: string;
	/** Unix epoch, ms. */
	valid_until: number | null;
	tasks: PlanTask[];
	execution_order: string[];
	/** Names of parameters whose values nobody but workers may see; absent: none. */
	sensitive?: string[];
}
