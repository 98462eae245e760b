import type { PolicyDecision } from "../src/domain/policy-decision.ts";
import type { PolicyQuestion } from "../src/domain/policy-question.ts";
import type { PolicyGate } from "../src/plans/policy-ports.ts";
import { whileHeartbeating } from "./heartbeat.ts";

export function createEvaluatePolicy({ policy }: { policy: PolicyGate }) {
	/** The gate of C1 and C2. Safe to retry: reads only. */
	return async function evaluatePolicy(
		question: PolicyQuestion,
	): Promise<PolicyDecision> {
		return await whileHeartbeating(() => policy.decide(question));
	};
}
