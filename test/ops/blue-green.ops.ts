import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { createNginxSwitch } from "../../src/deploy/nginx-switch.ts";
import type { StepInput } from "../../src/domain/rollout/spec.ts";
import type { Phase } from "../../src/domain/rollout/state.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import { eventually } from "../support/eventually.ts";
import { openHttp } from "../support/http.ts";
import { openTraffic } from "../support/rollout-traffic.ts";
import { openRolloutWorld } from "../support/rollout-world.ts";
import { startNginx } from "./nginx.ts";

const nginx = await haveTool("nginx");
const options = { skip: nginx.missing };
const by = { actor: "ana", reason: "release b2" };
const steps: StepInput[] = [
	...[{ smoke: {} }, { promote: {} }],
	{ verify: { holdback: 25, for: "4s" } },
];

/** Builds b1 and b2 of our server behind a real nginx, and the real controller, over simulated plans. */
async function openWorld(t: TestContext, stagedBuild = "b2") {
	const open = async (build: string) => {
		const service = { name: "o", version: "1", build };
		const up = { name: "redis", required: true, check: async () => {} };
		const { app } = await openHttp(t, {}, [up], { service });
		await app.listen({ host: "127.0.0.1", port: 0 });
		return (app.server.address() as AddressInfo).port;
	};
	const ports = { blue: await open("b1"), green: await open(stagedBuild) };
	const proxy = await startNginx(t, nginx, {
		stable: `127.0.0.1:${ports.blue}`,
		canary: "127.0.0.1:1",
	});
	const httpSwitch = createNginxSwitch({
		upstreamFile: path.join(proxy.folder, "upstreams/stable.conf"),
		pidFile: path.join(proxy.folder, "run/nginx.pid"),
		proxyUrl: proxy.address,
		ports,
		health: { minScore: 75, tries: 1, pauseMs: 10 },
	});
	const world = await openRolloutWorld(t, openTraffic(t), { httpSwitch });
	const buildBehind = async () =>
		JSON.parse((await proxy.ask("/version")).text).build_id as string;
	const { deployment } = world;
	const spec = {
		...{ deployment, target: { buildId: "b2" }, steps, margin: 0.2 },
		strategy: "blueGreen" as const,
	};
	const until = (phase: Phase) =>
		eventually(async () => {
			const found = await world.store.read(deployment);
			return found?.state.phase === phase && found.state;
		}, 90_000);
	return { ...world, proxy, buildBehind, spec, until };
}

test(
	"blue-green: a dry run switches nothing; the release moves plans and requests, and refuses no request, though its controller is restarted meanwhile",
	options,
	async (t) => {
		const world = await openWorld(t);
		const { client, spec, until, buildBehind, proxy, traffic } = world;
		await client.start({ ...spec, dryRun: true }, by);
		assert.match((await until("Healthy")).message, /dry run/);
		assert.equal(await buildBehind(), "b1");
		assert.equal(traffic.routing.currentBuild, "b1");
		await eventually(async () => {
			const { status } = await world.handle.describe();
			return status.name === "COMPLETED";
		});

		const statuses: Record<number, number> = {};
		let isOver = false;
		const ask = async () => {
			while (!isOver) {
				const { status } = await proxy
					.ask("/version")
					.catch(() => ({ status: 0 }));
				statuses[status] = (statuses[status] ?? 0) + 1;
			}
		};
		const clients = [ask(), ask(), ask(), ask()];
		await client.start(spec, by);
		await world.restartWorker();
		await until("Healthy");
		isOver = true;
		await Promise.all(clients);
		assert.equal(await buildBehind(), "b2");
		assert.equal(traffic.routing.currentBuild, "b2");
		assert.deepEqual(Object.keys(statuses), ["200"]);
		t.diagnostic(`requests answered: ${statuses[200]}`);
	},
);

test(
	"blue-green: a build that fails after the switch is undone in reverse: requests are the former build's again",
	options,
	async (t) => {
		const world = await openWorld(t);
		world.traffic.failing.candidate = 0.6;
		await world.client.start(world.spec, by);
		await world.until("Degraded");
		assert.equal(await world.buildBehind(), "b1");
		assert.equal(world.traffic.routing.currentBuild, "b1");
		assert.ok(world.traffic.changes.includes("current b2"));
	},
);

test(
	"blue-green: another build on the staging port is not released, and nothing is switched",
	options,
	async (t) => {
		const world = await openWorld(t, "b9");
		await world.client.start(world.spec, by);
		const { message } = await world.until("Degraded");
		assert.match(message, /build b9 answers there, not b2/);
		assert.equal(await world.buildBehind(), "b1");
		assert.ok(!world.traffic.changes.includes("current b2"));
	},
);
