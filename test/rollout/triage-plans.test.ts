import assert from "node:assert/strict";
import { test } from "node:test";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { openBuilds, startPlans } from "../support/builds.ts";
import { eventually } from "../support/eventually.ts";
import { setStatusSignal } from "../support/plan-workflow.ts";

const A = "1.0.0";
const B = "1.1.0";

test("workers of a build: asking, and gone while its plans wait", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment } = builds;
	await builds.start(A);
	const stop = await builds.start(B);
	const { token } = await eventually(async () => {
		const routing = await engine.readRouting(deployment);
		return routing.builds.length === 2 && routing;
	});
	const current = await engine.setCurrent({ deployment, build: A, token });
	await engine.setRamp({
		deployment,
		build: B,
		weight: 100,
		token: current.token,
	});
	await startPlans(builds, 1);
	const asking = await engine.readWorkers(deployment, B);
	assert.ok(asking.pollers > 0);
	assert.deepEqual([asking.lastPollAgoMs, asking.backlog], [0, 0]);
	await stop();
	const fromMs = Date.now() - 1_000;
	await startPlans(builds, 3);
	// Nobody has their first tasks: they are the build's that the routing sends them to.
	await eventually(async () => {
		const { started } = await engine.countPlans({
			...{ deployment, builds: { base: A, candidate: B } },
			...{ fromMs, toMs: Date.now() + 1_000, matureBeforeMs: 0 },
		});
		return started.candidate >= 3 && started.base === 0;
	});
	await eventually(async () => {
		const gone = await engine.readWorkers(deployment, B);
		return (
			gone.backlog > 0 && gone.backlogAgeMs > 0 && gone.lastPollAgoMs !== 0
		);
	}, 60_000);
	// Nobody is left to work on the plan that it has begun.
	await eventually(async () => {
		const { plans } = await engine.listOpenPlans(deployment, B, 1);
		return plans[0]?.isBroken;
	}, 60_000);
	const base = await engine.readWorkers(deployment, A);
	assert.deepEqual([base.lastPollAgoMs, base.backlog], [0, 0]);
});

test("open plans: those of a build behind hundreds that wait for other workers are found, and what is not looked at is counted", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment } = builds;
	const { token } = await builds.startWith(A);
	await builds.start(B, "throwing");
	await eventually(async () => {
		const { builds: known } = await engine.readRouting(deployment);
		return known.some(({ build }) => build === B);
	});
	await engine.setRamp({ deployment, build: B, weight: 100, token });
	const [bad] = await startPlans(builds, 1);
	await eventually(async () => {
		const { plans } = await engine.listOpenPlans(deployment, B, 10);
		return plans[0]?.planId === bad;
	});
	const { token: ramped } = await engine.setRamp({
		...{ deployment, build: null, weight: 0 },
		token: (await engine.readRouting(deployment)).token,
	});
	await engine.setCurrent({
		...{ deployment, build: "1.2.0", token: ramped, isForced: true },
	});
	const others = 205;
	await startPlans(builds, others);
	const list = async (limit: number) => {
		const { plans, unseen } = await engine.listOpenPlans(deployment, B, limit);
		return [plans.map(({ planId }) => planId), unseen];
	};
	// Visibility lags.
	await eventually(async () => {
		const [, unseen] = await list(1);
		return unseen === others;
	}, 30_000);
	const stopped = AbortSignal.abort(new Error("stopped"));
	await assert.rejects(
		engine.listOpenPlans(deployment, B, 10, stopped),
		/stopped/,
	);
	assert.deepEqual(await list(others), [[], 1]);
	assert.deepEqual(await list(others + 1), [[bad], 0]);
});

test("restart: not of a plan that has published since it was listed", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment, client } = builds;
	await builds.startWith(A, B);
	const [planId = ""] = await startPlans(builds, 1);
	const listed = await eventually(async () => {
		const { plans } = await engine.listOpenPlans(deployment, A, 1);
		const [plan] = plans;
		return plan?.planId === planId && plan;
	});
	assert.deepEqual([listed.hasPublished, listed.isBroken], [false, false]);
	const handle = client.workflow.getHandle(planWorkflowId(planId));
	await handle.signal(setStatusSignal, "RUNNING");
	await eventually(async () => {
		const { searchAttributes } = await handle.describe();
		return searchAttributes.PlanStatus?.[0] === "RUNNING";
	});
	await assert.rejects(engine.restartPlan(listed, B), {
		code: "ROUTING_REFUSED",
	});
	assert.equal((await handle.describe()).runId, listed.runId);
});
