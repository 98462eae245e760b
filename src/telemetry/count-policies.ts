import type { Metrics } from "./metrics.ts";

const policies = [
	"resource_limits",
	"sla_enforcement",
	"feature_flags",
	"security_constraints",
	"system",
	"all",
];
/** The rules of the policies that belong to the service; those of others are counted together. */
export const countedRules: readonly string[] = [
	"timeout_exceeds_maximum",
	"retries_exceed_maximum",
	"estimated_duration_unrealistic",
	"capabilities_not_allowed",
	"concurrent_tickets_limit",
	"deadline_in_past",
	"deadline_too_far",
	"qos_mismatch_risk_band",
	"priority_mismatch_risk_band",
	"timeout_insufficient",
	"deadline_approaching_threshold",
	"cross_tenant_access",
	"missing_authentication",
	"invalid_jwt",
	"jwt_jwks_unavailable",
	"jwt_expired",
	"jwt_invalid_issuer",
	"jwt_invalid_audience",
	"jwt_invalid_spiffe_id",
	"jwt_missing_required_claims",
	"insufficient_permissions",
	"pii_handling_violation",
	"tenant_rate_limit_exceeded",
	"not_allowed",
	"evaluation_error",
];
const circuitStates: Record<string, number> = {
	closed: 0,
	"half-open": 1,
	open: 2,
};

interface Finding {
	policy: string;
	rule: string;
	severity: string;
}

/** Counts what a gate decides, with labels from closed sets. */
export function createPolicyMetrics(metrics: Metrics) {
	metrics.policyCircuit.set({ circuit_name: "opa_client" }, 0);
	return {
		decided({
			policy,
			result,
			count,
		}: {
			policy: string;
			result: string;
			count: number;
		}) {
			const labels = { policy_name: policyLabel(policy), result };
			if (count > 0) metrics.policyValidations.inc(labels, count);
		},
		took(engine: string, batchSize: number, seconds: number) {
			metrics.policySeconds.observe({ engine }, seconds);
			metrics.policyBatchSize.observe(batchSize);
		},
		found({ policy, rule, severity }: Finding, effect: "denial" | "warning") {
			const labels = {
				policy_name: policyLabel(policy),
				rule: ruleLabel(rule),
			};
			if (effect === "warning") metrics.policyWarnings.inc(labels);
			else metrics.policyRejections.inc({ ...labels, severity });
		},
		shadowDiffers(policy: string) {
			metrics.policyShadowDifferences.inc({ policy_name: policyLabel(policy) });
		},
		onError(error_type: string) {
			metrics.policyErrors.inc({ error_type });
		},
		onCircuit(from_state: string, to_state: string) {
			metrics.policyCircuitMoves.inc({ from_state, to_state });
			metrics.policyCircuit.set(
				{ circuit_name: "opa_client" },
				circuitStates[to_state] ?? 0,
			);
		},
		onLookUp(isHit: boolean) {
			metrics.policyCacheLooks.inc({ result: isHit ? "hit" : "miss" });
		},
		onWritten(count: number) {
			metrics.policyAuditRecords.inc({ result: "written" }, count);
		},
		onDropped(count: number) {
			metrics.policyAuditRecords.inc({ result: "dropped" }, count);
		},
	};
}

const policyLabel = (policy: string) =>
	policies.includes(policy) ? policy : "other";
const ruleLabel = (rule: string) =>
	countedRules.includes(rule) ? rule : "other";
