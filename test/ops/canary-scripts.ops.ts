import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { haveTool } from "../../stack/ops-tools.ts";
import { eventually } from "../support/eventually.ts";
import { openHttp } from "../support/http.ts";
import { startPrometheus } from "./monitoring.ts";
import {
	canary,
	healthy,
	openCluster,
	prod,
	type Shown,
} from "./script-cluster.ts";

const prometheusTool = await haveTool("prometheus");
const root = path.join(import.meta.dirname, "../..");
const isIn = (calls: string[], start: string) =>
	calls.findIndex((call) => call.startsWith(start));

test("canary_promote: observes, replaces, observes, then the traffic, then the capacity; each is in the release log", async (t) => {
	const cluster = await openCluster(t);
	const { status, output } = await cluster.run("promote");
	assert.equal(status, 0, output);
	assert.equal(cluster.read(`${prod}.image`), "r/o@sha256:2");
	assert.equal(cluster.read(`${canary}.replicas`), "0");
	assert.equal(cluster.read(`${prod}.promoted-from`), "7");
	assert.equal(cluster.read(`${prod}.promotion`), "");
	const calls = cluster.changes();
	const order = [
		`set image deployment/${prod} api=r/o@sha256:2`,
		`rollout status deployment/${prod}`,
		"patch configmap orchestrator-nginx-split",
		"rollout restart deployment/orchestrator-nginx",
		`scale deployment/${canary} --replicas 0`,
	].map((start) => isIn(calls, start));
	assert.ok(
		order.every((at, index) => at > (order[index - 1] ?? -1)),
		output,
	);
	assert.match(output, /canary after \d+ s ok/);
	assert.match(output, /stable after \d+ s ok/);
	assert.deepEqual(cluster.events(), [
		...["observing", "promoting", "promoted", "finished"],
	]);
	assert.match(calls.join("\n"), /\$canary_is_open \{ default 0; \}/);

	const again = await cluster.run("promote");
	assert.equal(again.status, 0);
	assert.match(again.output, /nothing to promote/);
});

test("canary_promote: --dry-run reads and changes nothing", async (t) => {
	const cluster = await openCluster(t);
	const { status, output } = await cluster.run("promote", ["--dry-run"]);
	assert.equal(status, 0, output);
	assert.deepEqual(cluster.changes(), []);
	assert.deepEqual(cluster.events(), []);
	assert.match(output, /\+ kubectl --namespace default set image/);
});

for (const [what, show, code] of [
	["fails more often", { ...healthy, canary: [200, 20, 0.2] }, 1],
	["is slower", { ...healthy, canary: [200, 2, 0.9] }, 1],
	["was hardly asked", { ...healthy, canary: [12, 0, 0.1] }, 3],
	["is not known to Prometheus", { stable: [900, 9, 0.2] }, 3],
] as const)
	test(`canary_promote: a canary that ${what} is not promoted (exit ${code})`, async (t) => {
		const cluster = await openCluster(t, { show: () => show as Shown });
		const { status, output } = await cluster.run("promote");
		assert.equal(status, code, output);
		assert.equal(cluster.read(`${prod}.image`), "r/o:1");
		assert.equal(isIn(cluster.changes(), "set image"), -1);
		assert.equal(cluster.read(`${prod}.promotion`), "");
		assert.equal(cluster.events().at(-1), "refused");
	});

test("canary_promote: Prometheus away is not enough to promote by; without it a reason is asked for", async (t) => {
	const cluster = await openCluster(t);
	const away = { PROMETHEUS_URL: "http://127.0.0.1:1" };
	assert.equal((await cluster.run("promote", [], away)).status, 3);
	const none = { PROMETHEUS_URL: "" };
	assert.equal((await cluster.run("promote", [], none)).status, 2);
	const args = ["--without-observation", "hot fix"];
	assert.equal((await cluster.run("promote", args, none)).status, 0);
	assert.match(cluster.read("log.jsonl"), /seen: nothing, hot fix/);
});

test("canary_promote: an image that does not become ready is undone, and the canary keeps its traffic", async (t) => {
	const fails = `^rollout status deployment/${prod}`;
	const cluster = await openCluster(t, { fails });
	const { status, output } = await cluster.run("promote");
	assert.equal(status, 1, output);
	assert.equal(cluster.read(`${prod}.image`), "r/o:1");
	assert.equal(cluster.read(`${canary}.replicas`), "2");
	assert.equal(cluster.read(`${prod}.promoted-from`), "");
	assert.deepEqual(cluster.events().slice(-2), ["failed", "undone"]);
});

test("canary_promote: production that does worse afterwards, or that nobody sees, is undone", async (t) => {
	for (const [after, code] of [
		[[900, 200, 0.2], 1],
		[[3, 0, 0.2], 3],
	] as const) {
		const cluster = await openCluster(t, {
			show: (calls) =>
				isIn(calls, "set image") < 0
					? healthy
					: { ...healthy, stable: [...after] },
		});
		const { status, output } = await cluster.run("promote");
		assert.equal(status, code, output);
		assert.equal(cluster.read(`${prod}.image`), "r/o:1");
		assert.equal(cluster.read(`${canary}.replicas`), "2");
	}
});

test("canary_promote: two at once: the second is refused and takes nothing away from the first", async (t) => {
	const locking = `annotate deployment ${prod} release.orchestrator/promotion=`;
	const bothTried = () =>
		cluster.calls().filter((call) => call.startsWith(locking)).length === 2;
	const cluster = await openCluster(t, {
		show: async () => {
			await eventually(bothTried);
			return healthy;
		},
	});
	const [first, second] = await Promise.all([
		cluster.run("promote"),
		cluster.run("promote"),
	]);
	assert.deepEqual([first.status, second.status].sort(), [0, 1]);
	assert.match(first.output + second.output, /is under way/);
	assert.equal(cluster.read(`${prod}.image`), "r/o@sha256:2");
});

test("canary scripts: an ambient CONTAINER_NAME is shown with its source, refused when it fits nothing, and gives way to the prefixed name", async (t) => {
	const cluster = await openCluster(t);
	const ambient = { CONTAINER_NAME: "devbox" };
	const refused = await cluster.run("promote", ["--dry-run"], ambient);
	assert.equal(refused.status, 2);
	assert.match(refused.output, /CONTAINER_NAME = devbox \(CONTAINER_NAME\)/);
	assert.match(refused.output, /has no container devbox/);
	const own = { ...ambient, ORCHESTRATOR_CONTAINER_NAME: "api" };
	assert.equal((await cluster.run("promote", ["--dry-run"], own)).status, 0);
	assert.deepEqual(cluster.changes(), []);
});

test("canary_rollback abort: traffic, then capacity; production is not touched, even when nginx cannot be told", async (t) => {
	for (const fails of ["", "^patch configmap"]) {
		const cluster = await openCluster(t, { fails });
		const args = ["abort", "--reason", "p95"];
		const { status, output } = await cluster.run("rollback", args, {
			CANARY_POST_ROLLBACK_REPLICAS: "1",
		});
		assert.equal(status, fails === "" ? 0 : 1, output);
		const calls = cluster.changes();
		assert.equal(cluster.read(`${canary}.replicas`), "1");
		assert.ok(isIn(calls, "patch configmap") < isIn(calls, "scale"));
		assert.deepEqual(
			calls.filter((call) => call.includes(prod)),
			[],
		);
	}
});

test("canary_rollback production: back to what the promotion replaced, once; a revision is checked", async (t) => {
	const cluster = await openCluster(t);
	assert.equal((await cluster.run("rollback", ["production"])).status, 2);
	assert.equal((await cluster.run("promote")).status, 0);
	const { status, output } = await cluster.run("rollback", ["production"]);
	assert.equal(status, 0, output);
	assert.equal(cluster.read(`${prod}.image`), "r/o:1");
	// A second time would go back to what was bad.
	assert.equal((await cluster.run("rollback", ["production"])).status, 2);
	assert.equal(cluster.read(`${prod}.image`), "r/o:1");

	const unknown = await cluster.run("rollback", ["--revision", "99"]);
	assert.equal(unknown.status, 2);
	assert.match(unknown.output, /has no revision 99/);
	assert.equal((await cluster.run("rollback", ["-r", "6"])).status, 0);
	assert.equal(cluster.read(`${prod}.image`), "r/o:0");
	for (const args of [[], ["abort", "-r", "6"], ["--revision", "x"]])
		assert.equal((await cluster.run("rollback", args)).status, 2);
});

test("canary_promote: a real Prometheus answers its questions about our metrics", {
	skip: prometheusTool.missing,
}, async (t) => {
	const folder = mkdtempSync(path.join(tmpdir(), "prometheus-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const { app, metrics } = await openHttp(t);
	metrics.buildInfo.set(
		{ version: "2", node_version: "24", deployment_variant: "canary" },
		1,
	);
	const address = await app.listen({ port: 0, host: "127.0.0.1" });
	const target = new URL(address).host;
	const prometheus = await startPrometheus(t, prometheusTool, folder, {
		target,
	});
	const script = `set -eu
. ${root}/deploy/canary_steps.sh; . ${root}/deploy/canary_observe.sh
settle_observation 2>/dev/null; look_at $1 60; echo "$requests/$errors/$p95"`;
	const lookAt = (variant: string) =>
		execFileSync("bash", ["--norc", "-c", script, "bash", variant], {
			env: { PATH: process.env.PATH, PROMETHEUS_URL: prometheus.url },
			encoding: "utf8",
		}).trim();
	await eventually(async () => {
		await fetch(`${address}/api/v1/plans`);
		const [requests, errors, p95] = lookAt("canary").split("/").map(Number);
		return Number(requests) > 0 && errors === 0 && Number(p95) > 0;
	});
	assert.equal(lookAt("stable"), "//");
});
