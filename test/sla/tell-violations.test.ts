import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import { START, sla } from "../support/plan-sla.ts";
import { openSlaWorld, someTicket } from "./support.ts";

const lateEnd = {
	status: "PARTIAL",
	finished_at: START + 120_000,
	correlation_id: "c-1",
	sla: sla({ tickets_late: 2, forecast: null, first_ticket_deadline: null }),
};

test("watch: deadlines that a plan's round exceeded are one incident at its end, with tickets, times and what to do", async (t) => {
	const world = await openSlaWorld(t);
	const watch = world.open();
	const late = someTicket({
		outcome: "completed",
		finished_at: START + 60_000,
		actual_duration_ms: 9_000,
	});
	await world.ticket("p", late);
	const running = { ...lateEnd, status: "RUNNING", finished_at: null };
	await world.plan("p", running, START + 61_000);
	await watch.turn(START + 61_000);
	assert.equal(world.violations.length, 1);
	assert.equal(world.incidents.length, 0);

	const later = someTicket({
		outcome: "completed",
		finished_at: START + 80_000,
		actual_duration_ms: 15_000,
	});
	await world.ticket("p", later);
	await world.plan("p", lateEnd, START + 120_000);
	await watch.turn(START + 120_000);
	assert.equal(world.incidents.length, 1);
	const [raised = assert.fail("no incident")] = world.incidents;
	const { suggested_action, evidence } = raised.incident;
	assert.equal(raised.worst.delay_ms, 30_000);
	assert.match(suggested_action ?? "", /orchestrator sla plan/);
	const { plan, tickets } = JSON.parse(evidence ?? "");
	assert.partialDeepStrictEqual(raised.incident, {
		incident_type: "SLA_VIOLATION",
		...{ workflow_id: "orch-p", correlation_id: "c-1" },
		...{ severity: "CRITICAL", escalation_required: true },
		recommended_playbook: "sla_violation_mitigation",
		details: [
			"plan p ended 20000 ms after its deadline",
			`ticket ${later.ticket_id} ended 30000 ms after its deadline`,
			`ticket ${late.ticket_id} ended 10000 ms after its deadline`,
		],
		affected_tickets: [later.ticket_id, late.ticket_id],
		created_at: START + 120_000,
	});
	assert.equal(plan.actual_completion, START + 120_000);
	assert.partialDeepStrictEqual(tickets, [
		{
			...{ ticket_id: later.ticket_id, sla_deadline: START + 50_000 },
			...{ actual_completion: START + 80_000, delay_ms: 30_000 },
			...{ status: "completed", duration_source: "reported" },
		},
		{ ticket_id: late.ticket_id },
	]);

	// The same look again, by another process too; what no deadline broke says nothing.
	await world.plan("p", lateEnd, START + 121_000);
	await watch.turn(START + 121_000);
	await world.plan("p", lateEnd, START + 122_000);
	await world.open().turn(START + 122_000);
	assert.equal(world.incidents.length, 1);
});

test("watch: an incident that Kafka did not take is raised again under its id, a rerun's is another", async (t) => {
	const world = await openSlaWorld(t);
	const tried: string[] = [];
	const away = world.open({
		raiseIncident: async ({ incident_id }) => {
			tried.push(incident_id);
			throw new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
		},
	});
	await world.plan("p", lateEnd, START + 120_000);
	await away.turn(START + 120_000);
	const watch = world.open();
	await watch.turn(START + 181_000);
	const raised = () =>
		world.incidents.map(({ incident }) => incident.incident_id);
	assert.deepEqual(raised(), tried);
	assert.equal(world.violations.length, 1);

	const rerun = {
		...{ ...lateEnd, finished_at: START + 300_000 },
		former_rounds: [{ round: 0 }],
	};
	await world.plan("p", rerun, START + 300_000);
	await watch.turn(START + 300_000);
	assert.equal(new Set(raised()).size, 2);
});

test("watch: late tickets that are stored after an incident of their plan have one of their own, under another id", async (t) => {
	const world = await openSlaWorld(t);
	const watch = world.open();
	await world.plan("p", lateEnd, START + 120_000);
	await watch.turn(START + 120_000);
	const late = { outcome: "completed", finished_at: START + 80_000 } as const;
	await world.ticket("p", someTicket(late));
	await world.plan("p", lateEnd, START + 121_000);
	await watch.turn(START + 121_000);
	const [first, second] = world.incidents.map(({ incident }) => incident);
	assert.equal(world.incidents.length, 2);
	assert.notEqual(first?.incident_id, second?.incident_id);
	assert.equal(second?.affected_tickets.length, 1);
});

test("watch: an incident that Kafka refuses holds up nobody, and is not tried again; one that it does not take is", async (t) => {
	const world = await openSlaWorld(t);
	const tried: string[] = [];
	const watch = world.open({
		raiseIncident: async ({ workflow_id }) => {
			const plan = workflow_id.replace("orch-", "");
			tried.push(plan);
			const code =
				plan === "refused" ? "PUBLISH_REFUSED" : "PUBLISH_UNCONFIRMED";
			if (plan !== "sound") throw new OrchestratorError(code, plan);
		},
	});
	for (const plan of ["refused", "unconfirmed", "sound"])
		await world.plan(plan, lateEnd, START + 120_000);
	await watch.turn(START + 120_000);
	await watch.turn(START + 181_000);
	assert.deepEqual(tried.toSorted(), [
		...["refused", "sound", "unconfirmed", "unconfirmed"],
	]);
});

test("watch: a time-out alone, or a plan in time, raises no incident", async (t) => {
	const world = await openSlaWorld(t);
	await world.ticket(
		"p",
		someTicket({ outcome: "timed_out", finished_at: START + 45_000 }),
	);
	const inTime = { ...lateEnd, finished_at: START + 90_000 };
	await world.plan("p", inTime, START + 120_000);
	await world.open().turn(START + 120_000);
	assert.equal(world.violations.length, 1);
	assert.equal(world.incidents.length, 0);
});
