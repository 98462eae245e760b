/**
 * The search attributes of plans in Temporal (protocol.md, "Names that last"), in the form of the SDK's keys.
 */
export const searchAttributes = {
	planId: { name: "PlanId", type: "KEYWORD" },
	decisionId: { name: "DecisionId", type: "KEYWORD" },
	planStatus: { name: "PlanStatus", type: "KEYWORD" },
	riskBand: { name: "RiskBand", type: "KEYWORD" },
	domain: { name: "Domain", type: "KEYWORD" },
	orchestratorVersion: { name: "OrchestratorVersion", type: "KEYWORD" },
	slaDeadline: { name: "SlaDeadline", type: "DATETIME" },
} as const;
