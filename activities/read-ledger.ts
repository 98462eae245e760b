import { renderCanonicalJson } from "../src/domain/canonical-json.ts";
import { planLimitProblem } from "../src/domain/plan-size.ts";
import { OrchestratorError } from "../src/errors.ts";
import { whileHeartbeating } from "./heartbeat.ts";

export interface PlanLedger {
	/** The plan as the ledger has it; undefined when it has none. Throws STORE_UNAVAILABLE. */
	readPlan(planId: string): Promise<unknown>;
}

export function createReadLedger({ ledger }: { ledger: PlanLedger }) {
	/**
	 * C1, when the decision carries no plan. Safe to retry: reads only. Answers null when the ledger has
	 * none; throws PLAN_TOO_LARGE when it has one that no workflow can be given.
	 */
	return async function readLedger(planId: string): Promise<unknown> {
		const plan = await whileHeartbeating(() => ledger.readPlan(planId));
		if (plan === undefined || plan === null) return null;
		const { text, depth } = renderCanonicalJson(plan);
		const bytes = Buffer.byteLength(text);
		const path = "$.cognitive_plan";
		const problem = planLimitProblem({ path, bytes, depth });
		if (problem === undefined) return plan;
		throw new OrchestratorError("PLAN_TOO_LARGE", problem.message);
	};
}
