import type { PolicyDecision } from "../src/domain/policy-decision.ts";
import type { PolicyQuestion } from "../src/domain/policy-question.ts";
import type { PolicyGate } from "../src/plans/policy-ports.ts";
import { whileHeartbeating } from "./heartbeat.ts";

/** Ids of patches that the workflow's code has; absent: it is an earlier release's. */
export interface Patches {
	patches?: readonly string[];
}

export function createEvaluatePolicy({ policy }: { policy: PolicyGate }) {
	/**
	 * The gate of C1 and C2. Safe to retry: reads only. The answer repeats the patches, so that they are in the history
	 * (workflows/patches.ts).
	 */
	return async function evaluatePolicy({
		patches,
		...question
	}: PolicyQuestion & Patches): Promise<PolicyDecision & Patches> {
		const decision = await whileHeartbeating(() => policy.decide(question));
		return { ...decision, ...(patches && { patches }) };
	};
}
