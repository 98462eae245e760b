import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { BASE_BUILD } from "../../demo/release-world.ts";
import { chain } from "../../demo/shapes.ts";
import { findFreePorts } from "../../stack/free-ports.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import { type Nginx, startNginx } from "../ops/nginx.ts";
import { eventually } from "../support/eventually.ts";
import { openReleases } from "./play-release.ts";

const nginx = await haveTool("nginx");
const BUILD = "1.1.0";
const BETWEEN_PLANS_MS = 200;

test("blue-green: two whole processes behind nginx are switched and switched back under load; no request is refused, every plan ends once", {
	skip: nginx.missing,
}, async (t) => {
	const { world, untilPhase, untilOver, fates } = await openReleases(t);
	const blue = new URL(world.api.address);
	const [greenPort = 0] = await findFreePorts(1);
	const proxy = await startNginx(t, nginx, {
		...{ stable: blue.host, canary: "127.0.0.1:1" },
	});
	Object.assign(world.env, {
		DEPLOY_MODE: "bluegreen",
		ACTIVE_PORT: blue.port,
		STAGING_PORT: String(greenPort),
		DEPLOY_UPSTREAM_FILE: path.join(proxy.folder, "upstreams/stable.conf"),
		DEPLOY_NGINX_PID_FILE: path.join(proxy.folder, "run/nginx.pid"),
		DEPLOY_PROXY_URL: proxy.address,
	});
	await world.restartController();
	const green = await world.startBuild(BUILD, "healthy", {
		...{ roles: "api,worker", port: greenPort },
	});
	const load = openLoad(proxy, world.planIds);
	await load.reaches(BASE_BUILD);

	const begun = await fetch(`${green.address}/deploy/bluegreen`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({
			...{ build_id: BUILD, actor: "ada", reason: "release 1.1" },
		}),
	});
	assert.equal(begun.status, 202, await begun.text());
	await untilPhase("Verifying");
	await load.reaches(BUILD);
	const status = JSON.parse((await proxy.ask("/deploy/status")).text);
	assert.deepEqual([status.active_side, status.build_id], ["green", BUILD]);

	await world.api.command("abort");
	const { phase, message } = await untilOver();
	assert.equal(phase, "Cancelled", message);
	await load.reaches(BASE_BUILD);
	const { answers, submitted } = await load.end();
	console.log(`answered: ${JSON.stringify(answers)}`);
	assert.deepEqual(Object.keys(answers).sort(), [
		...[`200 ${BASE_BUILD}`, `200 ${BUILD}`, "200 plans", "202 submitted"],
	]);
	assert.equal((await fates()).SUCCESS, submitted);
});

/** Callers who ask one request after the other: which build answers, the list of plans, and plans that are handed in. */
function openLoad(proxy: Nginx, planIds: string[]) {
	const answers: Record<string, number> = {};
	let isOver = false;
	let submitted = 0;
	const repeat = async (ask: () => Promise<string>) => {
		while (!isOver) {
			const what = await ask().catch(String);
			answers[what] = (answers[what] ?? 0) + 1;
		}
	};
	const callers = [
		...Array.from({ length: 2 }, () =>
			repeat(async () => {
				const { status, text } = await proxy.ask("/version");
				return `${status} ${JSON.parse(text).build_id}`;
			}),
		),
		...Array.from({ length: 2 }, () =>
			repeat(async () => {
				const { status } = await proxy.ask("/api/v1/plans?limit=20");
				return `${status} plans`;
			}),
		),
		repeat(async () => {
			await sleep(BETWEEN_PLANS_MS);
			const tasks = chain(2, { estimated_duration_ms: 100 });
			const plan = buildPlan({ plan_id: randomUUID(), tasks });
			const { status } = await proxy.ask("/api/v1/plans", {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(buildDecision(plan)),
			});
			planIds.push(plan.plan_id);
			submitted += 1;
			return `${status} submitted`;
		}),
	];
	return {
		/** Resolves when that build answers. */
		async reaches(build: string) {
			const key = `200 ${build}`;
			const before = answers[key] ?? 0;
			await eventually(() => (answers[key] ?? 0) > before);
		},
		async end() {
			isOver = true;
			await Promise.all(callers);
			return { answers, submitted };
		},
	};
}
