import type { Metrics } from "./metrics.ts";

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
			const labels = { policy_name: policy, result };
			if (count > 0) metrics.policyValidations.inc(labels, count);
		},
		took(engine: string, batchSize: number, seconds: number) {
			metrics.policySeconds.observe({ engine }, seconds);
			metrics.policyBatchSize.observe(batchSize);
		},
		found({ policy, rule, severity }: Finding, effect: "denial" | "warning") {
			const labels = { policy_name: policy, rule };
			if (effect === "warning") metrics.policyWarnings.inc(labels);
			else metrics.policyRejections.inc({ ...labels, severity });
		},
		shadowDiffers(policy: string) {
			metrics.policyShadowDifferences.inc({ policy_name: policy });
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
