import { whileHeartbeating } from "./heartbeat.ts";

/** The question to the gate; policies may need more of the plan later. */
export interface PolicyQuestion {
	point: "before-tickets" | "before-allocation";
	plan_id: string;
	risk_band: string;
	task_count: number;
}

/** `not configured` is an answer of its own and visible on the plan; it is not an allow in disguise. */
export type PolicyDecision =
	| { outcome: "allowed" | "not configured" }
	| { outcome: "denied"; reasons: string[] };

/** Must throw when no decision can be had; there is no "assume allowed". */
export interface PolicyGate {
	decide(question: PolicyQuestion): Promise<PolicyDecision>;
}

export function createEvaluatePolicy({ policy }: { policy: PolicyGate }) {
	/** The gate before C2 and C3. Safe to retry: reads only. */
	return async function evaluatePolicy(
		question: PolicyQuestion,
	): Promise<PolicyDecision> {
		return await whileHeartbeating(() => policy.decide(question));
	};
}
