import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Client, Connection } from "@temporalio/client";
import type { BuildKind } from "../../demo/builds.ts";
import { BASE_BUILD } from "../../demo/release-world.ts";
import { ROLLOUT_STATE_QUERY } from "../../src/domain/rollout/names.ts";
import type { RolloutState } from "../../src/domain/rollout/state.ts";
import { ROLLOUT_IDENTITY } from "../../src/rollout/change-routing.ts";
import { rolloutWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { eventually } from "../support/eventually.ts";
import { serverAddress } from "../support/server-address.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { openReleases, quickSpec } from "./play-release.ts";

/** A machine that others work on too keeps up with so many. */
const PLANS_PER_SECOND = 5;

const { world, untilOver, untilPhase, msFromProof, fates } = await openReleases(
	{ after },
);
const connection = await Connection.connect({
	address: serverAddress("TEMPORAL_HOST"),
});
after(() => connection.close());
const client = new Client({ connection });
const { workflowService } = client;
const deployment = { namespace: "default", deploymentName: world.deployment };
let builds = 0;

/** Starts a build and its release, under traffic. */
async function begin(kind: BuildKind, spec: object = {}, failingRatio = 0) {
	// Of a test that failed before it had looked at their ends.
	world.planIds.length = 0;
	builds += 1;
	const build = `1.${builds}.0`;
	world.traffic(PLANS_PER_SECOND, failingRatio);
	const service = await world.startBuild(build, kind);
	await world.api.start(build, { ...quickSpec, ...spec });
	return { build, service };
}

async function routing() {
	const { workerDeploymentInfo: info } =
		await workflowService.describeWorkerDeployment(deployment);
	const { routingConfig: config } = info ?? {};
	return {
		current: config?.currentDeploymentVersion?.buildId,
		ramping: config?.rampingDeploymentVersion?.buildId,
		weight: config?.rampingVersionPercentage ?? 0,
	};
}

const atBase = { current: BASE_BUILD, ramping: undefined, weight: 0 };

const faulty: { kind: BuildKind; ends: string[] }[] = [
	{ kind: "throws", ends: ["SUCCESS"] },
	{ kind: "hangs", ends: ["SUCCESS"] },
	{ kind: "fails-one-in-four", ends: ["FAILED", "SUCCESS"] },
];
for (const { kind, ends } of faulty)
	test(`a build that ${kind} is rolled back, and every plan ends once`, async () => {
		const { service } = await begin(kind);
		const state = await untilOver();
		console.log(state.verdict?.sentence ?? state.message);
		const ms = await msFromProof(state);
		if (ms !== null) console.log(`${ms} ms after the outcome that proves it`);
		assert.equal(state.phase, "Degraded");
		assert.equal(state.verdict?.action, "rollback");
		assert.deepEqual(await routing(), atBase);
		assert.deepEqual(Object.keys(await fates()).sort(), ends);
		await service.stop();
	});

test("a build whose workers are killed is rolled back, and its plans go on elsewhere", async () => {
	const { service } = await begin("healthy", {
		steps: [{ ramp: 25, soak: "60s" }, { promote: {} }],
	});
	await untilPhase("Progressing");
	service.kill();
	await service.exited;
	const state = await untilOver();
	console.log(state.verdict?.sentence ?? state.message);
	assert.equal(state.phase, "Degraded");
	assert.equal(state.verdict?.rule, "R0");
	assert.deepEqual(await routing(), atBase);
	assert.deepEqual(Object.keys(await fates()), ["SUCCESS"]);
});

test("both arms failing alike: the candidate is not rolled back", async () => {
	const { service } = await begin("healthy", {}, 0.3);
	const state = await untilOver().catch(() => world.api.get());
	assert.notEqual(state?.phase, "Degraded");
	await endRelease();
	assert.deepEqual(Object.keys(await fates()).sort(), ["FAILED", "SUCCESS"]);
	await service.stop();
});

test("outcomes that cannot be read pause a release, and never pass a step", async (t) => {
	const target = /\/\/([^/?]+)/.exec(serverAddress("MONGODB_URI"))?.[1] ?? "";
	const proxy = await openTcpProxy(t, target);
	const usual = world.env.MONGODB_URI ?? "";
	world.env.MONGODB_URI = usual.replace(target, proxy.address);
	await world.restartController();
	world.env.MONGODB_URI = usual;
	const { service } = await begin("healthy", {
		steps: [{ ramp: 25, soak: "4s", minSample: 10 }, { promote: {} }],
	});
	await untilPhase("Progressing");
	await proxy.cut();
	// The controller cannot store its state meanwhile: the workflow itself is asked.
	const handle = client.workflow.getHandle(rolloutWorkflowId(world.deployment));
	const paused = await eventually(async () => {
		const state = await handle.query<RolloutState>(ROLLOUT_STATE_QUERY);
		return state.phase === "Paused" && state;
	}, 60_000);
	assert.equal(paused.pauseReason, "MetricsUnavailable");
	assert.equal((await routing()).weight, 25);
	await proxy.restore();
	await endRelease();
	assert.deepEqual(Object.keys(await fates()), ["SUCCESS"]);
	await world.restartController();
	await service.stop();
});

test("a routing that somebody else changes pauses a release, and is not fought", async () => {
	const { build, service } = await begin("healthy", {
		steps: [{ ramp: 25, soak: "60s" }, { promote: {} }],
	});
	await untilPhase("Progressing");
	const identity = "ada@laptop";
	await workflowService.setWorkerDeploymentManager({
		...{ ...deployment, identity, self: true },
	});
	await workflowService.setWorkerDeploymentRampingVersion({
		...{ ...deployment, identity, buildId: build, percentage: 7 },
	});
	const { pauseReason } = await untilPhase("Paused");
	assert.equal(pauseReason, "ExternallyManaged");
	assert.equal((await routing()).weight, 7);
	await workflowService.setWorkerDeploymentManager({
		...{ ...deployment, identity: ROLLOUT_IDENTITY, self: true },
	});
	await endRelease();
	assert.deepEqual(Object.keys(await fates()), ["SUCCESS"]);
	await service.stop();
});

test("a healthy build is promoted, though its controller is killed in every phase", async () => {
	const { build } = await begin("healthy");
	const seen = new Set<string>();
	const state = await untilOver(async ({ phase, stepIndex }) => {
		const place = `${phase} ${stepIndex}`;
		if (seen.has(place)) return;
		seen.add(place);
		await world.restartController();
	});
	assert.equal(state.phase, "Healthy");
	assert.ok(seen.size >= 4, [...seen].join(", "));
	assert.equal((await routing()).current, build);
	assert.deepEqual(Object.keys(await fates()), ["SUCCESS"]);
});

/** Ends the release that is under way, if one is. */
async function endRelease(): Promise<void> {
	await world.api.command("abort").catch(() => undefined);
	await untilOver();
}
