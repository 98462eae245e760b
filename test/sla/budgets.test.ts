import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import type { SlaAlert } from "../../schemas/sla-alert.ts";
import { type BudgetSource, createBudgets } from "../../src/sla/budgets.ts";
import { createManagementApi } from "../../src/sla/management-api.ts";
import { createOwnBudgets } from "../../src/sla/own-budgets.ts";
import { createAlertMemory } from "../../src/sla/raised-alerts.ts";
import { createBudgetWatch } from "../../src/sla/watch-budgets.ts";
import { START } from "../support/plan-sla.ts";
import { metricValue, openRedis, silentLog } from "../support/stores.ts";
import { openSlaWorld } from "./support.ts";

const serviceName = "orchestrator-dynamic";
const entry = {
	budget_id: "b-1",
	slo_id: "slo-1",
	error_budget_remaining: 15,
	status: "CRITICAL",
	burn_rates: [{ window_hours: 1, rate: 20 }],
};

/** A server that answers every request so; answers how often it was asked. */
async function serve(
	t: TestContext,
	respond: (response: ServerResponse, url: string) => void,
) {
	let asked = 0;
	const server = createServer((request, response) => {
		asked += 1;
		respond(response, request.url ?? "");
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, asked: () => asked };
}

const apiOf = (url: string, timeoutMs = 2_000) =>
	createManagementApi({ url, serviceName, timeoutMs });

test("managementApi: asks for this service's budgets, and reads percent from 0 to 100", async (t) => {
	let path = "";
	const { url } = await serve(t, (response, asked) => {
		path = asked;
		response.end(JSON.stringify({ budgets: [entry], total: 1 }));
	});
	const { budgets, burning } = await apiOf(url).read(START);
	assert.equal(path, `/api/v1/budgets?service_name=${serviceName}`);
	assert.equal(budgets[0]?.error_budget_remaining, 15);
	assert.deepEqual(burning, ["slo-1"]);
});

test("managementApi: a failure that passes is tried again", async (t) => {
	const { url, asked } = await serve(t, (response) => {
		response.statusCode = asked() < 3 ? 500 : 200;
		response.end(JSON.stringify({ budgets: [] }));
	});
	assert.deepEqual((await apiOf(url).read(START)).budgets, []);
	assert.equal(asked(), 3);
});

for (const [name, respond] of Object.entries<(r: ServerResponse) => void>({
	"no JSON": (response) => response.end("<html>fine</html>"),
	"the form that the earlier client expected": (response) =>
		response.end(
			JSON.stringify({ error_budget_remaining: 1, status: "HEALTHY" }),
		),
	"an error": (response) => {
		response.statusCode = 503;
		response.end();
	},
	nothing: (response) => response.destroy(),
	"no end of it": (response) => {
		const more = () => {
			while (response.write("x".repeat(65_536)));
			response.once("drain", more);
		};
		more();
	},
	silence: () => undefined,
}))
	test(`managementApi: ${name} is unknown`, async (t) => {
		const { url } = await serve(t, respond);
		await assert.rejects(apiOf(url, 900).read(START), {
			code: "BUDGETS_UNKNOWN",
		});
	});

test("ownBudgets: of the plans that ran, those that did not end well by their deadline", async (t) => {
	const world = await openSlaWorld(t);
	const end = (changes: object) =>
		world.plan(randomUUID(), {
			status: "SUCCESS",
			finished_at: START - 60_000,
			sla_deadline: START,
			...changes,
		});
	for (let at = 0; at < 96; at += 1) await end({});
	await end({ status: "FAILED" });
	await end({ finished_at: START - 10, sla_deadline: START - 20 });
	await end({ finished_at: START - 86_400_000 * 3, status: "PARTIAL" });
	// These do not count.
	await end({ status: "CANCELLED" });
	await end({ finished_at: START - 86_400_000 * 31, status: "FAILED" });
	await world.plan("open", {});
	const own = createOwnBudgets({
		store: world.store,
		...{ serviceName, sloTarget: 0.9 },
	});
	const { budgets, burning } = await own.read(START);
	const [budget] = budgets;
	assert.equal(budget?.violations_count, 3);
	assert.equal(budget?.sli_value, 1 - 3 / 99);
	assert.equal(budget?.status, "HEALTHY");
	assert.deepEqual(burning, []);

	// What comes later is counted too, once.
	for (let at = 0; at < 9; at += 1)
		await end({ status: "FAILED", finished_at: START + 30_000 });
	const later = await own.read(START + 60_000);
	assert.equal(later.budgets[0]?.violations_count, 12);
	assert.equal(later.budgets[0]?.status, "EXHAUSTED");
	const again = await own.read(START + 61_000);
	assert.equal(again.budgets[0]?.violations_count, 12);
});

test("ownBudgets: many bad plans within minutes burn", async (t) => {
	const world = await openSlaWorld(t);
	for (let at = 0; at < 5; at += 1)
		await world.plan(randomUUID(), {
			status: "FAILED",
			finished_at: START - 60_000,
			sla_deadline: START,
		});
	const own = createOwnBudgets({
		store: world.store,
		...{ serviceName, sloTarget: 0.99 },
	});
	assert.deepEqual((await own.read(START)).burning, ["plans-in-time"]);
});

async function openWatch(t: TestContext, source: BudgetSource, cacheMs = 0) {
	const { redis, metrics } = openRedis(t);
	const scope = randomUUID();
	const alerts: SlaAlert[] = [];
	const open = () => {
		const budgets = createBudgets({
			...{ source, redis, scope, serviceName, cacheMs, metrics },
			log: silentLog,
		});
		const watch = createBudgetWatch({
			...{ budgets, redis, scope, serviceName, metrics },
			memory: createAlertMemory(redis, scope),
			publisher: {
				publishAlerts: async (some) => void alerts.push(...some),
				publishViolations: async () => undefined,
			},
			criticalRatio: 0.2,
			repeatAfterMs: 300_000,
		});
		return { budgets, watch };
	};
	const keep = (view: object) =>
		redis.setMany(
			[[`sla:budget:${scope}:${serviceName}`, JSON.stringify(view)]],
			60,
		);
	return { open, alerts, metrics, keep };
}

test("budgetWatch: a critical budget and a fast one are told of once, by one process, and shown by each", async (t) => {
	const { url } = await serve(t, (response) =>
		response.end(JSON.stringify({ budgets: [entry] })),
	);
	const { open, alerts, metrics } = await openWatch(t, apiOf(url));
	const [one, other] = [open(), open()];
	await one.watch.turn(START);
	await other.watch.turn(START);
	assert.deepEqual(
		alerts.map(({ alert_type, context }) => [
			alert_type,
			context.budget_remaining,
		]),
		[
			["BUDGET_CRITICAL", 0.15],
			["BURN_RATE_HIGH", 0.15],
		],
	);
	assert.equal(one.watch.worst()?.error_budget_remaining, 15);
	assert.equal(other.watch.worst()?.error_budget_remaining, 15);
	const labels = { slo_id: "slo-1" };
	const status = "orchestration_sla_budget_status";
	assert.equal(await metricValue(metrics, status, labels), 2);
});

test("budgetWatch: garbage is unknown: no share, a status of its own, and what is raised stays raised", async (t) => {
	let isGarbage = false;
	const { url } = await serve(t, (response) =>
		response.end(isGarbage ? "garbage" : JSON.stringify({ budgets: [entry] })),
	);
	const { open, alerts, metrics } = await openWatch(t, apiOf(url, 900));
	await open().watch.turn(START);
	assert.equal(alerts.length, 2);
	isGarbage = true;
	const { watch, budgets } = open();
	const view = await budgets.view(0);
	assert.equal(view.reading, null);
	assert.match(view.error ?? "", /cannot be read/);
	await watch.turn(START + 60_000);
	assert.equal(alerts.length, 2);
	const text = await metrics.registry.metrics();
	assert.doesNotMatch(text, /sla_budget_remaining_percent\{/);
	assert.match(text, /sla_budget_status\{.*slo_id="unknown"\} -1/);
	const errors = "orchestration_sla_monitor_errors_total";
	const labels = { error_type: "api_error" };
	assert.ok((await metricValue(metrics, errors, labels)) > 0);
});

test("budgets: an answer is shared by all processes for its time", async (t) => {
	const { url, asked } = await serve(t, (response) =>
		response.end(JSON.stringify({ budgets: [entry] })),
	);
	const { open } = await openWatch(t, apiOf(url), 60_000);
	await open().budgets.view();
	const second = open().budgets;
	await second.view();
	const { reading, source } = await second.view();
	assert.equal(asked(), 1);
	assert.equal(source, "sla-management");
	assert.equal(reading?.budgets[0]?.slo_id, "slo-1");
});

test("budgets: what is no such view in Redis, or is from the future, is as if it were not there", async (t) => {
	const { url, asked } = await serve(t, (response) =>
		response.end(JSON.stringify({ budgets: [entry] })),
	);
	const { open, alerts, keep } = await openWatch(t, apiOf(url), 60_000);
	const view = { source: "sla-management", read_at: Date.now(), error: null };
	const odd = [
		{ ...view, reading: { budgets: [{}], burning: [] } },
		{ ...view, reading: { budgets: [{ slo_id: "a" }], burning: [] } },
		{ ...view, reading: { budgets: [entry], burning: [7] } },
		{
			...{ ...view, read_at: Date.now() + 9e9 },
			reading: { budgets: [], burning: [] },
		},
	];
	for (const [index, one] of odd.entries()) {
		await keep(one);
		const { budgets, watch } = open();
		await watch.turn(START);
		const { reading } = await budgets.view();
		assert.equal(reading?.budgets[0]?.error_budget_remaining, 15);
		assert.equal(asked(), index + 1);
	}
	assert.equal(alerts.length, 2);
});
