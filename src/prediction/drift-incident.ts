import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import { createIncident } from "../domain/incident.ts";
import type { TypeDrift } from "../domain/prediction/drift.ts";
import { recommend } from "./learning-report.ts";

/** A person should look why a task type takes longer, or shorter, than it did. The same drift has the same id. */
export function driftIncident(
	drift: TypeDrift,
	model: string,
): OrchestrationIncident {
	const { task_type, percent, since_ms } = drift;
	return createIncident(
		{
			...{ plan_id: "", intent_id: "", decision_id: "", correlation_id: "" },
			...{ trace_id: null, span_id: null, orchestrator_version: "V2" },
			workflow_id: `ml-drift/${model}/${task_type}`,
		},
		{
			...{ occasion: String(since_ms), type: "INCONSISTENCY" },
			details: [recommend(task_type, percent)],
			...{ affectedTickets: [], escalate: false, createdAt: since_ms },
			evidence: JSON.stringify({ model, ...drift }),
			action: "see what changed, then train anew: orchestrator ml train",
		},
	);
}
