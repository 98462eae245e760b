import { counter, gauge, histogram } from "../declare.ts";
import { countedPolicies, countedRules } from "./policy-rules.ts";

const policy_name = [...countedPolicies, "other"];
const rule = [...countedRules, "other"];
const circuitStates = ["closed", "half-open", "open"];

/** What policies said. */
export const policyMetrics = {
	policyValidations: counter(
		"orchestration_opa_validations_total",
		"Resources that a policy judged; with policy_name all also questions without a decision (undecided, unchecked).",
		{ policy_name, result: ["allowed", "denied", "undecided", "unchecked"] },
	),
	policySeconds: histogram(
		"orchestration_opa_validation_duration_seconds",
		"Time a question to all its policies took.",
		[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
		{ engine: ["embedded", "server"] },
	),
	policyBatchSize: histogram(
		"orchestration_opa_batch_evaluation_size",
		"Resources in a question to policies.",
		[1, 2, 5, 10, 20, 50, 100, 200, 400],
	),
	policyRejections: counter(
		"orchestration_opa_policy_rejections_total",
		"Findings that forbade a plan or a ticket.",
		{ policy_name, rule, severity: "ours" },
	),
	policyWarnings: counter(
		"orchestration_opa_policy_warnings_total",
		"Findings that only warned.",
		{ policy_name, rule },
	),
	policyErrors: counter(
		"orchestration_opa_evaluation_errors_total",
		"Requests to the OPA server that brought no answer.",
		{
			error_type: [
				"timeout",
				"connection",
				"policy_not_found",
				"evaluation_error",
			],
		},
	),
	policyCacheLooks: counter(
		"orchestration_opa_cache_lookups_total",
		"Looks into the memory of the OPA server's answers.",
		{ result: ["hit", "miss"] },
	),
	policyCircuit: gauge(
		"orchestration_opa_circuit_breaker_state",
		"Whether the OPA server is left alone: 0 closed, 1 half-open, 2 open.",
		{ circuit_name: ["opa_client"] },
	),
	policyCircuitMoves: counter(
		"orchestration_opa_circuit_breaker_transitions_total",
		"Changes of that.",
		{ from_state: circuitStates, to_state: circuitStates },
	),
	policyShadowDifferences: counter(
		"orchestration_opa_shadow_differences_total",
		"Resources about which the shadow policies find something else.",
		{ policy_name },
	),
	policyAuditRecords: counter(
		"orchestration_authorization_audit_records_total",
		"Records of what policies said, by what became of them.",
		{ result: ["written", "dropped"] },
	),
};
