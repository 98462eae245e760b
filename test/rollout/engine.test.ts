import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import {
	PANIC_IDENTITY,
	ROLLOUT_IDENTITY,
} from "../../src/rollout/change-routing.ts";
import { askDeployment } from "../../src/temporal/deployment-calls.ts";
import { becomeFirstBuild } from "../../src/temporal/first-build.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { type Builds, openBuilds, startPlans } from "../support/builds.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { finishSignal } from "../support/plan-workflow.ts";

const A = "1.0.0";
const B = "1.1.0";

test("first build: of two that start at once one becomes current, and the next leaves it so", async (t) => {
	const builds = await openBuilds(t);
	const { calls, engine, deployment } = builds;
	const become = (build: string) =>
		becomeFirstBuild(calls, { deployment, build }, `worker ${build}`);
	await Promise.all([builds.start(A), builds.start(B)]);
	const first = await Promise.all([become(A), become(B)]);
	assert.equal(first.filter(Boolean).length, 1);
	const { currentBuild } = await engine.readRouting(deployment);
	assert.equal(currentBuild, first[0] ? A : B);
	assert.equal(await become(first[0] ? B : A), false);
	assert.equal(
		(await engine.readRouting(deployment)).currentBuild,
		currentBuild,
	);
});

test("ramp: the share is in force when the call answers, and who is in stays in when it grows", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment } = builds;
	let routing = await builds.startWith(A, B);
	assert.deepEqual(
		routing.builds.map(({ build, status }) => [build, status]).sort(),
		[
			[A, "current"],
			[B, "inactive"],
		],
	);
	const planIds = Array.from({ length: 40 }, () => `p-${randomUUID()}`);
	let inBefore: string[] = [];
	for (const weight of [0, 20, 60]) {
		const { token } = routing;
		routing = await engine.setRamp({ deployment, build: B, weight, token });
		assert.deepEqual(
			[routing.rampingBuild, routing.rampWeight, routing.isSettled],
			[B, weight, true],
		);
		const isIn = await runAll(builds, planIds);
		const inNow = planIds.filter((_, at) => isIn[at]);
		if (weight === 0) assert.deepEqual(inNow, []);
		for (const planId of inBefore) assert.ok(inNow.includes(planId), planId);
		inBefore = inNow;
	}
	assert.ok(inBefore.length > 0 && inBefore.length < planIds.length);
	const { token } = routing;
	routing = await engine.setRamp({ deployment, build: null, weight: 0, token });
	assert.deepEqual([routing.rampingBuild, routing.currentBuild], [null, A]);
	const promoted = { deployment, build: B, token: routing.token };
	routing = await engine.setCurrent(promoted);
	assert.equal(routing.currentBuild, B);
	assert.ok((await runAll(builds, planIds)).every(Boolean));
});

test("routing: a stale token is refused, a repeated change is not, a foreign manager is not fought, panic is", async (t) => {
	const builds = await openBuilds(t);
	const { calls, engine, deployment } = builds;
	const stale = await builds.startWith(A, B);
	const change = { deployment, build: B, weight: 10, token: stale.token };
	const ramped = await engine.setRamp(change);
	assert.equal(ramped.rampWeight, 10);
	// The answer was lost, and the same is asked again.
	assert.equal((await engine.setRamp(change)).token, ramped.token);
	await assert.rejects(engine.setRamp({ ...change, weight: 20 }), {
		code: "ROUTING_CHANGED",
	});

	const claimed = await engine.claimRouting(deployment, false);
	assert.equal(claimed.manager, ROLLOUT_IDENTITY);
	const asOperator = (build: string) =>
		askDeployment(calls, "a test", (service, namespace) =>
			service.setWorkerDeploymentCurrentVersion({
				namespace,
				deploymentName: deployment,
				buildId: build,
				identity: "ada@laptop",
			}),
		);
	await assert.rejects(asOperator(B), { code: "ROUTING_CHANGED" });
	await engine.releaseRouting(deployment);
	await askDeployment(calls, "a test", (service, namespace) =>
		service.setWorkerDeploymentManager({
			namespace,
			deploymentName: deployment,
			self: true,
			identity: "ada@laptop",
		}),
	);
	const { token } = await engine.readRouting(deployment);
	await assert.rejects(engine.setRamp({ ...change, token, weight: 20 }), {
		code: "ROUTING_CHANGED",
		message: /ada@laptop/,
	});
	await assert.rejects(engine.claimRouting(deployment, false), {
		code: "ROUTING_CHANGED",
	});

	const calm = await engine.panic(deployment, A);
	assert.deepEqual(
		[calm.currentBuild, calm.rampingBuild, calm.rampWeight, calm.manager],
		[A, null, 0, PANIC_IDENTITY],
	);
	await assert.rejects(
		engine.setRamp({ ...change, token: calm.token }),
		{ code: "ROUTING_CHANGED" },
		"a controller that comes back does not ramp again",
	);
	// Whoever begins another release has decided.
	const taken = await engine.claimRouting(deployment, false);
	assert.equal(taken.manager, ROLLOUT_IDENTITY);
});

test("panic: from a promoted build back to the base, and once more changes nothing", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment } = builds;
	const { token } = await builds.startWith(A, B);
	await engine.setCurrent({ deployment, build: B, token });
	for (const _ of [1, 2]) {
		const calm = await engine.panic(deployment, A);
		assert.deepEqual([calm.currentBuild, calm.rampingBuild], [A, null]);
	}
});

test("a build without workers becomes current only where it must: its plans then wait for them", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment, client } = builds;
	const { token } = await builds.startWith(B);
	const back = { deployment, build: A, token };
	await assert.rejects(engine.setCurrent(back), { code: "ROUTING_REFUSED" });
	const routing = await engine.setCurrent({ ...back, isForced: true });
	assert.equal(routing.currentBuild, A);
	const [planId = ""] = await startPlans(builds, 1);
	await eventually(
		async () => (await engine.countOpenPlans(deployment, A)) === 0,
	);
	await builds.start(A);
	const handle = client.workflow.getHandle(planWorkflowId(planId));
	await eventually(
		async () => (await engine.countOpenPlans(deployment, A)) === 1,
	);
	await handle.signal(finishSignal, "completed");
	assert.equal(await handle.result(), "completed");
});

test("open plans: while more wait for workers than are looked at, no build is said to have none", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment } = builds;
	const { token } = await builds.startWith(B);
	await engine.setCurrent({ deployment, build: A, token, isForced: true });
	await startPlans(builds, 201);
	await eventually(
		async () => (await engine.countOpenPlans(deployment, B)) === 1,
	);
});

test("an unknown build, or one without workers, gets no traffic", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment } = builds;
	const refused = { code: "ROUTING_REFUSED" };
	await assert.rejects(engine.readRouting(deployment), refused);
	const { token } = await builds.startWith(A);
	const change = { deployment, build: "9.9.9", token };
	await assert.rejects(engine.setRamp({ ...change, weight: 5 }), refused);
	await assert.rejects(engine.setCurrent(change), refused);
});

test("a build that throws in workflow code: its plans are open, counted as started and broken, and end elsewhere", async (t) => {
	const builds = await openBuilds(t);
	const { engine, deployment, client } = builds;
	const fromMs = Date.now() - 60_000;
	const { token } = await builds.startWith(A);
	await builds.start(B, "throwing");
	await eventually(async () => {
		const { builds: known } = await engine.readRouting(deployment);
		return known.some(({ build }) => build === B);
	});
	const [first, second, ...rest] = await startPlans(builds, 2);
	assert.deepEqual(rest, []);
	await engine.setRamp({ deployment, build: B, weight: 100, token });
	const bad = await startPlans(builds, 3);
	const question = {
		deployment,
		builds: { base: A, candidate: B },
		fromMs,
		toMs: Date.now() + 60_000,
		matureBeforeMs: Date.now() + 60_000,
	};
	await eventually(
		async () => {
			const counts = await engine.countPlans(question);
			assert.deepEqual(counts, {
				started: { base: 2, candidate: 3 },
				overdue: { base: 2, candidate: 3 },
				broken: { base: 0, candidate: 3 },
			});
			return true;
		},
		60_000,
		500,
	);

	await engine.panic(deployment, A);
	const { plans: open } = await engine.listOpenPlans(deployment, B, 10);
	assert.equal(await engine.countOpenPlans(deployment, B), open.length);
	assert.deepEqual(open.map(({ planId }) => planId).sort(), bad.sort());
	for (const plan of open)
		assert.deepEqual([plan.isBroken, plan.hasPublished], [true, false]);
	const [moved, ...restarted] = open;
	await engine.movePlan(moved ?? assert.fail(), A);
	for (const plan of restarted) {
		await engine.restartPlan(plan, A);
		await engine.restartPlan(plan, A);
	}
	for (const planId of [first, second, ...bad]) {
		const handle = client.workflow.getHandle(planWorkflowId(planId ?? ""));
		await handle.signal(finishSignal, "completed");
		assert.equal(await handle.result(), "completed");
	}
	const runs: string[] = [];
	const restartedId = restarted[0]?.workflowId ?? assert.fail();
	await eventually(async () => {
		runs.length = 0;
		for await (const run of client.workflow.list({
			query: `WorkflowId = '${restartedId}'`,
		}))
			runs.push(run.status.name);
		assert.deepEqual(runs.sort(), ["COMPLETED", "TERMINATED"]);
		return true;
	});
});

/** Runs a plan of each id to its end; answers for each whether the candidate had it. */
async function runAll(
	{ client, taskQueue }: Builds,
	planIds: readonly string[],
): Promise<boolean[]> {
	return await Promise.all(
		planIds.map(async (plan_id) => {
			const handle = await client.workflow.start("orchestratePlan", {
				taskQueue,
				workflowId: planWorkflowId(plan_id),
				args: [runInput(someDecision({ plan_id }))],
			});
			await handle.signal(finishSignal, "completed");
			await handle.result();
			const { raw } = await handle.describe();
			const { versioningInfo } = raw.workflowExecutionInfo ?? {};
			return versioningInfo?.deploymentVersion?.buildId === B;
		}),
	);
}
