import { canonicalJson, textHash } from "../domain/canonical-json.ts";
import { type DryRun, dryRun } from "../domain/dry-run.ts";
import type { PlanRunInput } from "../domain/plan-run.ts";
import { prepareRun, type Refused, type RunSettings } from "./prepare-run.ts";

/** Where the plan of a decision stands that carries none. */
export interface PlanLedger {
	/** undefined: it has none. Throws STORE_UNAVAILABLE. */
	readPlan(planId: string): Promise<unknown>;
}

export interface RehearseDecisionDeps extends RunSettings {
	ledger: PlanLedger;
	nowMs?: () => number;
}

/**
 * Makes the dry run: the same readers as for a decision that is handed in, and nothing is started or
 * written. Throws STORE_UNAVAILABLE when the plan stands in the ledger and MongoDB is away.
 */
export function createRehearseDecision({
	ledger,
	nowMs = Date.now,
	...settings
}: RehearseDecisionDeps): (value: unknown) => Promise<DryRun> {
	return async (value) => {
		const now = nowMs();
		const prepared = prepareRun(settings, {
			value,
			receivedAtMs: now,
			decidedAtMs: now,
			source: null,
			via: "rest",
		});
		if (!prepared.ok) return refusedRun(prepared.refused);
		const { input } = prepared;
		if (input.plan !== null) return dryRun(input, now);
		return await fromLedger(ledger, input, now);
	};
}

async function fromLedger(
	ledger: PlanLedger,
	input: PlanRunInput,
	nowMs: number,
): Promise<DryRun> {
	const planId = input.decision.plan_id;
	const plan = (await ledger.readPlan(planId)) ?? null;
	if (plan !== null) {
		const plan_hash = textHash(canonicalJson(plan));
		return dryRun({ ...input, plan, plan_hash }, nowMs);
	}
	const path = "$.cognitive_plan";
	const message = `${path} is null and the ledger has no plan ${planId}: publish the plan with the decision`;
	const rehearsed = dryRun(input, nowMs);
	const problems = [{ path, code: "PLAN_NOT_FOUND", message }];
	return { ...rehearsed, problems, dag: null };
}

function refusedRun({ problems }: Refused): DryRun {
	return {
		outcome: "would_be_refused",
		valid: false,
		plan_id: null,
		decision_id: null,
		plan_hash: null,
		orchestrator_version: null,
		problems,
		warnings: [],
		dag: null,
		prediction: null,
	};
}
