import { type StickyKeys, shareOf } from "../choose-version.ts";
import { fingerprint32 } from "./farm-hash.ts";
import type { PlanRelease, ReleaseInForce, ReleaseRouting } from "./routing.ts";

/**
 * The build that a new plan goes to while a release is under way; undefined: none is. A plan is pinned where
 * Temporal's ramp, which knows workflow ids alone, would not send it there.
 */
export function chooseBuild(
	release: ReleaseInForce | undefined,
	keys: StickyKeys,
): PlanRelease | undefined {
	if (release === undefined || release.body.weight <= 0) return undefined;
	const { body, workflowIdOf } = release;
	const { weight, sticky_by, salt, allow, deny } = body;
	const key = keys[sticky_by];
	if (deny.includes(key)) return going(body, false, null, true);
	if (allow.includes(key)) return going(body, true, null, true);
	if (sticky_by === "plan")
		return going(body, isCandidate(body, workflowIdOf(keys.plan)), weight);
	return going(body, shareOf(key, salt) * 100 < weight, weight, true);
}

function going(
	{ rollout_id, deployment, base_build, candidate_build }: ReleaseRouting,
	isIn: boolean,
	weight: number | null,
	pinned?: true,
): PlanRelease {
	return {
		...{ rollout_id, deployment, weight },
		build: isIn ? candidate_build : base_build,
		arm: isIn ? "candidate" : "base",
		...(pinned && { pinned }),
	};
}

/** Where Temporal's ramp sends the workflow id: to the candidate, or after its promotion to the base. */
function isCandidate(
	{ weight, is_promoted }: ReleaseRouting,
	workflowId: string,
): boolean {
	return is_promoted
		? !isRamped(workflowId, 100 - weight)
		: isRamped(workflowId, weight);
}

/** Whether Temporal's ramp of that percentage takes the workflow id. */
export function isRamped(workflowId: string, percentage: number): boolean {
	if (percentage <= 0) return false;
	return (fingerprint32(workflowId) / 2 ** 32) * 100 <= percentage;
}
