import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { PlanForecast } from "../../src/domain/sla/sla-terms.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { START, sla } from "../support/plan-sla.ts";
import { metricValue, mongoUriVia, serverAddress } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";
import { openSlaWorld, someTicket } from "./support.ts";

const late: PlanForecast = {
	at: START,
	predicted_end: START + 130_000,
	remaining_ms: 130_000,
	late_from: START,
	path: ["slow"],
	path_length: 1,
};

test("watch: the alert comes before the miss, names the path, and is cleared when the forecast recovers", async (t) => {
	const world = await openSlaWorld(t);
	const watch = world.open();
	await world.plan("p", { sla: sla({ forecast: late }) }, START);
	await watch.turn(START + 1_000);
	const [alert] = world.alerts;
	assert.equal(alert?.alert_type, "DEADLINE_APPROACHING");
	assert.deepEqual(alert?.context.path, ["slow"]);
	assert.ok(START + 1_000 < (alert?.context.sla_deadline as number));

	// Nothing new: the next look is an interval later, and says nothing again.
	await watch.turn(START + 20_000);
	await watch.turn(START + 31_000);
	assert.equal(world.alerts.length, 1);
	const suppressed = "orchestration_sla_alert_deduplication_hits_total";
	assert.equal(await metricValue(world.metrics, suppressed), 1);

	await world.plan("p", { sla: sla() }, START + 32_000);
	await watch.turn(START + 32_000);
	assert.deepEqual(
		world.alerts.map(({ event_type, alert_id }) => [event_type, alert_id]),
		[
			["ALERT", alert?.alert_id],
			["ALERT_CLEARED", alert?.alert_id],
		],
	);
});

test("watch: what could not be noted for persons is told again, not taken as told", async (t) => {
	const world = await openSlaWorld(t);
	const told: string[] = [];
	let isAway = true;
	const watch = world.open({
		notify: async (notifications) => {
			if (isAway) throw new OrchestratorError("STORE_UNAVAILABLE", "away");
			told.push(...notifications.map(({ event }) => event));
		},
	});
	await world.plan("p", { sla: sla({ forecast: late }) }, START);
	await watch.turn(START + 1_000);
	isAway = false;
	await watch.turn(START + 61_001);
	assert.ok(told.includes("plan.deadline_at_risk"));
});

test("watch: a plan that stands still is told of when its forecast passes the deadline", async (t) => {
	const world = await openSlaWorld(t);
	const watch = world.open();
	await world.plan("p", {}, START);
	await watch.turn(START);
	await watch.turn(START + 60_000);
	assert.equal(world.alerts.length, 0);
	await watch.turn(START + 60_001);
	assert.equal(world.alerts[0]?.context.reason, "forecast");
});

test("watch: every ticket has an alert of its own, cleared when it ends", async (t) => {
	const world = await openSlaWorld(t);
	const watch = world.open();
	const calm = sla({
		first_ticket_deadline: START + 50_000,
		deadline: START + 1_000_000,
		forecast: { ...late, predicted_end: START, late_from: START + 900_000 },
	});
	const [one, two] = [someTicket(), someTicket()];
	const far = { deadline: START + 500_000, timeout_ms: 1, max_retries: 1 };
	await world.ticket("p", one);
	await world.ticket("p", someTicket({ sla: far }));
	await world.plan("p", { sla: calm }, START + 40_000);
	await watch.turn(START + 40_000);
	await world.ticket("p", two);
	await watch.turn(START + 70_000);
	assert.deepEqual(
		world.alerts.map(({ ticket_id }) => ticket_id),
		[one.ticket_id, two.ticket_id],
	);
	await world.ticket("p", { ...one, outcome: "completed" });
	await world.ticket("p", { ...two, outcome: "completed" });
	const done = { ...calm, first_ticket_deadline: null };
	await world.plan("p", { sla: done }, START + 80_000);
	await watch.turn(START + 80_000);
	const cleared = world.alerts.slice(2);
	assert.ok(cleared.every(({ event_type }) => event_type === "ALERT_CLEARED"));
	assert.deepEqual(
		cleared.map(({ ticket_id }) => ticket_id).sort(),
		[one.ticket_id, two.ticket_id].sort(),
	);
});

test("watch: violations are told once for each subject and type, from real durations", async (t) => {
	const world = await openSlaWorld(t);
	const watch = world.open();
	const slow = someTicket({
		outcome: "completed",
		finished_at: START + 60_000,
		actual_duration_ms: 15_000,
		attempt: 2,
	});
	const timedOut = someTicket({
		outcome: "timed_out",
		finished_at: START + 45_000,
	});
	const fine = someTicket({
		outcome: "completed",
		finished_at: START + 5_000,
		actual_duration_ms: 4_000,
	});
	for (const ticket of [slow, timedOut, fine]) await world.ticket("p", ticket);
	const ended = {
		status: "PARTIAL",
		finished_at: START + 120_000,
		sla: sla({ tickets_late: 2, forecast: null, first_ticket_deadline: null }),
	};
	await world.plan("p", ended, START + 120_000);
	await watch.turn(START + 120_000);
	const told = world.violations.map((one) =>
		[
			one.violation_type,
			one.ticket_id,
			one.delay_ms,
			one.metadata.duration_source,
			one.metadata.retry_count,
		].join(),
	);
	const expected = [
		["DEADLINE_EXCEEDED", null, 20_000, "elapsed", 0],
		["DEADLINE_EXCEEDED", slow.ticket_id, 10_000, "reported", 1],
		["TIMEOUT", slow.ticket_id, 5_000, "reported", 1],
		["TIMEOUT", timedOut.ticket_id, 35_000, "elapsed", 0],
	].map((one) => one.join());
	assert.deepEqual(told.sort(), expected.sort());

	// The same look again, by another process too.
	await world.plan("p", ended, START + 121_000);
	await watch.turn(START + 121_000);
	await world.plan("p", ended, START + 122_000);
	await world.open().turn(START + 122_000);
	assert.equal(world.violations.length, 4);
	const published = "orchestration_sla_violations_published_total";
	const labels = { violation_type: "TIMEOUT" };
	assert.equal(await metricValue(world.metrics, published, labels), 2);
});

test("watch: a raised alert is cleared when the plan ends, and the plan is forgotten", async (t) => {
	const world = await openSlaWorld(t);
	const watch = world.open();
	await world.plan("p", { sla: sla({ forecast: late }) }, START);
	await watch.turn(START + 1);
	const done = { status: "SUCCESS", finished_at: START + 90_000 };
	await world.plan("p", { ...done, sla: sla({ forecast: null }) });
	await watch.turn(START + 90_001);
	assert.equal(world.alerts[1]?.event_type, "ALERT_CLEARED");
	assert.deepEqual((await world.queue.claim(START + 9_000_000)).claimed, []);
});

test("watch: two processes look at each plan once", async (t) => {
	const world = await openSlaWorld(t);
	const plans = Array.from({ length: 30 }, () => randomUUID());
	await world.open().turn(START - 1);
	for (const plan of plans)
		await world.plan(plan, { sla: sla({ forecast: late }) }, START);
	await Promise.all([world.open().turn(START), world.open().turn(START)]);
	assert.deepEqual(
		world.alerts.map(({ plan_id }) => plan_id).sort(),
		plans.sort(),
	);
});

test("watch: a queue that has lost everything is filled again from the stored plans", async (t) => {
	const world = await openSlaWorld(t);
	const watch = world.open();
	await watch.turn(START);
	await world.plan("p", { sla: sla({ forecast: late }) });
	await world.redis.run("forget", (client) =>
		client.del(
			`{sla:checks:${world.scope}}`,
			`{sla:checks:${world.scope}}:complete`,
		),
	);
	await watch.turn(START + 1);
	await watch.turn(START + 2);
	assert.equal(world.alerts.length, 1);
});

test("watch: while Redis is away all open plans are looked at, once an interval, and no process tells the same twice", async (t) => {
	const address = serverAddress("REDIS_CLUSTER_NODES").split(",")[0] ?? "";
	const proxy = await openTcpProxy(t, address);
	const world = await openSlaWorld(t, { redisNode: proxy.address });
	const watch = world.open();
	await watch.turn(START);
	await proxy.cut();
	await world.plan("p", { sla: sla({ forecast: late }) });
	await world.plan("late", {
		status: "SUCCESS",
		finished_at: START + 110_000,
		sla: sla({ forecast: null }),
	});
	for (const seconds of [101, 105, 140]) {
		await watch.turn(START + seconds * 1000);
		assert.equal(world.alerts.length, 1);
		assert.equal(world.violations.length, 1);
	}
});

test("watch: while MongoDB is away nothing is claimed for good", async (t) => {
	const { host } = new URL(serverAddress("MONGODB_URI"));
	const proxy = await openTcpProxy(t, host);
	const world = await openSlaWorld(t, { mongoUri: mongoUriVia(proxy.address) });
	await world.open().turn(START);
	await world.plan("p", { sla: sla({ forecast: late }) }, START);
	await proxy.cut();
	await world.open().turn(START);
	assert.equal(world.alerts.length, 0);
	const errors = "orchestration_sla_monitor_errors_total";
	const labels = { error_type: "workflow_check" };
	assert.equal(await metricValue(world.metrics, errors, labels), 1);
	assert.equal((await world.queue.claim(START + 60_000)).claimed.length, 1);
});

test("slaStore: of very many tickets at risk those with the nearest deadlines are looked at", async (t) => {
	const world = await openSlaWorld(t);
	const documents = Array.from({ length: 1_100 }, (_, at) => {
		const sla = { deadline: START + 2_000 - at, timeout_ms: 1, max_retries: 1 };
		const ticket = someTicket({ sla });
		const fields = { plan_id: "p", compensates: null, superseded_by: null };
		return { _id: ticket.ticket_id, ...fields, ...ticket };
	});
	const on = { collection: "execution_tickets", name: "set" };
	await world.mongo.run(on, (target) => target.insertMany(documents));
	const found = await world.store.openTickets("p", START + 2_000);
	assert.deepEqual(
		found.map(({ sla }) => sla.deadline),
		documents
			.map(({ sla }) => sla.deadline)
			.reverse()
			.slice(0, 1_000),
	);
});
