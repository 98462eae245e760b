import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { openFeatureWorld, playCalls } from "../support/features.ts";
import { metricValue, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const feature = "embedded_policy";
const by = { actor: "ada", reason: "fixed" };
const canaryFails = (arm: string) => arm === "canary";

test("feature canary: calls of all processes are reported together, by arm, with rates and numbers", async (t) => {
	const world = await openFeatureWorld(t);
	const [one, two] = [world.process(), world.process()];
	await Promise.all([one.routing.refresh(), two.routing.refresh()]);
	one.arms.record({
		feature,
		arm: "canary",
		calls: 4,
		failures: 1,
		durationMs: 40,
	});
	two.arms.record({
		feature,
		arm: "canary",
		calls: 4,
		failures: 0,
		durationMs: 8,
	});
	two.arms.record({
		feature,
		arm: "stable",
		calls: 10,
		failures: 0,
		durationMs: 10,
	});
	await Promise.all([one.turn(), two.turn()]);
	const { features, window_hours } = await one.sources.report(24);
	assert.equal(window_hours, 24);
	const found = features.find((reported) => reported.feature === feature);
	assert.deepEqual(found?.canary, {
		...{ calls: 8, failures: 1, error_rate: 0.125, mean_ms: 6 },
	});
	assert.deepEqual(found?.stable, {
		...{ calls: 10, failures: 0, error_rate: 0, mean_ms: 1 },
	});
	const other = features.find(({ feature: name }) => name !== feature);
	assert.equal(other?.canary.error_rate, null);
	const calls = "orchestration_feature_calls_total";
	const failed = { feature, arm: "canary", outcome: "failed" };
	assert.equal(await metricValue(one.metrics, calls, failed), 1);
});

test("feature canary: one that fails is off for all after the smallest number of calls, also after a restart, until a person resets it; then it counts anew", async (t) => {
	const world = await openFeatureWorld(t);
	const [one, two] = [world.process(), world.process()];
	await Promise.all([one.routing.refresh(), two.routing.refresh()]);
	playCalls(one.arms, 20, canaryFails);
	await one.turn();
	assert.notEqual(one.arms.armOf(feature, "any"), null);
	playCalls(two.arms, 100, canaryFails);
	await two.turn();
	await one.routing.refresh();
	const keys = Array.from({ length: 100 }, (_, at) => `plan-${at}`);
	const later = world.process();
	await later.routing.refresh();
	for (const { arms } of [one, two, later])
		assert.ok(keys.every((key) => arms.armOf(feature, key) === "stable"));
	assert.ok(
		keys.some((key) => one.arms.armOf("binding_routing", key) === "canary"),
	);
	await later.turn();
	const disabled = "orchestration_feature_disabled";
	assert.equal(await metricValue(later.metrics, disabled, { feature }), 1);
	const report = await one.sources.report(1);
	const off = report.features.find((one) => one.feature === feature)?.disabled;
	assert.equal(off?.by, "orchestrator");
	assert.match(
		off?.reason ?? "",
		/calls failed \(100.0 %\).*of the others 0 of/,
	);

	const reset = await one.sources.reset(feature, by);
	assert.deepEqual([reset.disabled, reset.resets], [null, 1]);
	await assert.rejects(one.sources.reset(feature, by), {
		code: "COMMAND_REFUSED",
	});
	await two.routing.refresh();
	assert.ok(keys.some((key) => two.arms.armOf(feature, key) === "canary"));
	playCalls(two.arms, 10, canaryFails);
	await two.turn();
	assert.ok(keys.some((key) => two.arms.armOf(feature, key) === "canary"));
});

test("feature canary: an outage of both arms switches nothing off", async (t) => {
	const world = await openFeatureWorld(t);
	const one = world.process();
	await one.routing.refresh();
	playCalls(one.arms, 400, () => true);
	await one.turn();
	const { features } = await one.sources.report(1);
	assert.ok(features.every(({ disabled }) => disabled === null));
});

test("feature canary: two processes that see it at once write it once, and a person's word stands", async (t) => {
	const world = await openFeatureWorld(t);
	const [one, two] = [world.process(), world.process()];
	await Promise.all([one.routing.refresh(), two.routing.refresh()]);
	await one.sources.disable(feature, { actor: "ada", reason: "no" });
	playCalls(two.arms, 200, canaryFails);
	await two.turn();
	const { features } = await two.sources.report(1);
	const off = features.find((reported) => reported.feature === feature);
	assert.equal(off?.disabled?.by, "ada");
});

test("feature canary: while Redis is away calls stay in memory, a failing feature goes off all the same, and the counts come later", async (t) => {
	const world = await openFeatureWorld(t);
	const node = serverAddress("REDIS_CLUSTER_NODES").split(",")[0] ?? "";
	const proxy = await openTcpProxy(t, node);
	const one = world.process({ node: proxy.address });
	await one.routing.refresh();
	await one.turn();
	await proxy.cut();
	playCalls(one.arms, 200, canaryFails);
	await one.turn();
	assert.equal(one.arms.armOf(feature, "any"), "stable");
	assert.ok(one.counters.pending().length > 0);
	await proxy.restore();
	await eventually(async () => {
		await one.turn();
		return one.counters.pending().length === 0;
	});
	const { features } = await world.process().sources.report(1);
	const { canary, stable } =
		features.find((it) => it.feature === feature) ?? {};
	assert.equal((canary?.calls ?? 0) + (stable?.calls ?? 0), 200);
});

test("feature canary: who does not know what is off leaves it off; without the setting there is no canary", async (t) => {
	const world = await openFeatureWorld(t, { share: 1 });
	const unread = world.process();
	assert.equal(unread.arms.armOf(feature, "p"), "stable");
	await unread.routing.refresh();
	assert.equal(unread.arms.armOf(feature, "p"), "canary");
	const off = await openFeatureWorld(t, { enabled: false, share: 1 });
	const none = off.process();
	await none.routing.refresh();
	assert.equal(none.arms.armOf(feature, "p"), null);
});
