import { Context } from "@temporalio/activity";
import type { PolicyDecision } from "../src/domain/policy-decision.ts";
import type { PolicyQuestion } from "../src/domain/policy-question.ts";
import type { PolicyGate } from "../src/plans/policy-ports.ts";
import { whileHeartbeating } from "./heartbeat.ts";

/** Ids of patches of the workflow's code; absent: it is an earlier release's. */
export interface Patches {
	patches?: readonly string[];
}

export function createEvaluatePolicy({ policy }: { policy: PolicyGate }) {
	/**
	 * The gate of C1 and C2. Safe to retry: reads only. The answer of a local activity repeats the patches, so that they
	 * are in the history (workflows/patches.ts). Whoever reads another answer may be another worker than the one that
	 * asked.
	 */
	return async function evaluatePolicy({
		patches,
		...question
	}: PolicyQuestion & Patches): Promise<PolicyDecision & Patches> {
		const { isLocal } = Context.current().info;
		const decision = await whileHeartbeating(() => policy.decide(question));
		return { ...decision, ...(isLocal && patches && { patches }) };
	};
}
