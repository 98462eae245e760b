import type { PlanCommand, PlanCommandName } from "../src/domain/plan-run.ts";
import type { PlanRun } from "./plan-run.ts";

/** Clocks of persons' machines and ours differ by less. */
const CLOCK_SKEW_MS = 5_000;

/** Why an approval or rejection is not for the plan that waits here; undefined when it is, and for other commands. */
export function answerProblem(
	{ facts, input }: PlanRun,
	name: PlanCommandName,
	{ plan_hash, answered_at }: PlanCommand,
): string | undefined {
	if (name !== "approve" && name !== "reject") return undefined;
	const { planHash, approvalWait } = facts;
	if (plan_hash !== undefined) {
		return plan_hash === planHash
			? undefined
			: `${name} is for another plan: its hash is ${plan_hash}, the validated plan's is ${planHash}`;
	}
	if (name === "approve" && input.settings.approvalRequiresPlanHash === true)
		return `approve names no plan_hash, and must here (APPROVAL_REQUIRE_PLAN_HASH): the validated plan's is ${planHash}`;
	// Without a hash it may have been meant for an earlier plan under the same id.
	const sinceMs = approvalWait?.requested_at ?? 0;
	return answered_at === undefined || answered_at + CLOCK_SKEW_MS >= sinceMs
		? undefined
		: `${name} names no plan_hash and is older than the request: it was given for an earlier plan`;
}
