import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createTriagePlans } from "../../activities/steer-rollout.ts";
import { completeSpec } from "../../src/domain/rollout/spec.ts";
import { newRollout } from "../../src/domain/rollout/state.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type { OpenPlanOfBuild } from "../../src/rollout/ports.ts";
import {
	type ActivityOptions,
	inActivity,
} from "../support/activity-context.ts";
import { openTraffic } from "../support/rollout-traffic.ts";

const { spec } = completeSpec({
	...{ deployment: "d", target: { buildId: "b2" } },
	steps: [{ ramp: 25 }, { promote: {} }],
});
const state = newRollout(spec, { actor: "a", reason: "r" }, 0);

const refused = async () => {
	throw new OrchestratorError("ROUTING_REFUSED", "it has published meanwhile");
};

test("triagePlans: plans that fail count toward the bound of a round, and the rest are told as not looked at", async (t) => {
	const { traffic, triage } = openTriage(t, 1_200);
	traffic.engine.restartPlan = refused;
	const none = { restarted: 0, moved: 0, draining: 0 };
	assert.deepEqual(await triage(), { ...none, failed: 500, unseen: 707 });
});

test("triagePlans: a round ends before its attempt does, however slowly plans fail", async (t) => {
	const { traffic, triage } = openTriage(t, 100);
	traffic.engine.restartPlan = async () => {
		await setTimeout(50);
		await refused();
	};
	const short = { info: { startToCloseTimeoutMs: 1_000 } };
	const { failed, unseen = 0 } = await triage(short);
	assert.ok(failed < 100, `${failed}`);
	assert.equal(failed + unseen, 107);
});

test("triagePlans: an attempt that nobody waits for any more stops to list", async (t) => {
	const { traffic, triage } = openTriage(t, 0);
	const control = new AbortController();
	traffic.engine.listOpenPlans = async (_deployment, _build, _limit, signal) =>
		await setTimeout(60_000, { plans: [], unseen: 0 }, { signal });
	const stopped = assert.rejects(triage({ signal: control.signal }), {
		name: "AbortError",
	});
	control.abort();
	await stopped;
});

/** So many open plans of the candidate that have published nothing, and seven that nobody looks at. */
function openTriage(t: Parameters<typeof openTraffic>[0], plans: number) {
	const traffic = openTraffic(t);
	traffic.unseen = 7;
	traffic.open = Array.from(
		{ length: plans },
		(_, at): OpenPlanOfBuild => ({
			...{ deployment: "d", planId: `p-${at}`, workflowId: `w-${at}` },
			...{ runId: "r", hasPublished: false, isBroken: false },
		}),
	);
	const triage = async (options?: ActivityOptions) =>
		await inActivity(() => createTriagePlans(traffic)(state), options);
	return { traffic, triage };
}
