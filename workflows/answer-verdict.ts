import { condition, defineUpdate, setHandler } from "@temporalio/workflow";
import { isFinalStatus } from "../src/domain/plan-run.ts";
import { type PlanVerdict, verdictUpdate } from "../src/domain/plan-verdict.ts";
import type { PlanRun } from "./plan-run.ts";

/** Answers what C1 says as soon as it has said it. Who does not ask pays nothing. */
export function setVerdictHandler(run: PlanRun): void {
	setHandler(defineUpdate<PlanVerdict, []>(verdictUpdate), async () => {
		await condition(() => isJudged(run));
		const { facts, identity, plan } = run;
		return {
			plan_id: identity.plan_id,
			status: facts.status,
			valid: facts.status !== "INVALID",
			problems: facts.problems,
			warnings: facts.warnings,
			plan_hash: facts.planHash,
			tickets: plan?.tasks.length ?? 0,
		};
	});
}

/** C1 has ended, or a cancel came before it could. */
function isJudged({ facts }: PlanRun): boolean {
	const c1 = facts.steps.find(({ name }) => name === "C1");
	return (
		isFinalStatus(facts.status) || (c1 !== undefined && c1.status !== "running")
	);
}
