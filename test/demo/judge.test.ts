import assert from "node:assert/strict";
import { test } from "node:test";
import { createEvidenceByPlan } from "../../demo/evidence.ts";
import { judgePlan, type PlanView } from "../../demo/judge.ts";
import type { Scenario } from "../../demo/scenarios.ts";

const scenario: Scenario = {
	name: "two",
	about: "two tickets, one retried",
	planId: "p",
	records: [],
	approve: false,
	expected: { status: "SUCCESS", version: "V2", tickets: 2, retries: 1 },
};

const view: PlanView = {
	plan_id: "p",
	status: "SUCCESS",
	orchestrator_version: "V2",
	tickets_generated: 2,
	tickets_completed: 2,
	tickets_failed: 0,
	problems: [],
	finished_at: 1_900,
};

function seen(wireIds: [wire: string, logical: string][], frames = 1) {
	const evidence = createEvidenceByPlan();
	evidence.decision("p", 1_000);
	for (const [ticket_id, logical_ticket_id] of wireIds) {
		const metadata = { logical_ticket_id };
		evidence.ticket({ plan_id: "p", ticket_id, metadata }, 1_300);
	}
	for (let frame = 0; frame < frames; frame++) {
		evidence.frame({ plan_id: "p" }, 1_800);
	}
	return evidence.of("p");
}

const asExpected: [string, string][] = [
	["a", "a"],
	["b", "b"],
	["b2", "b"],
];

test("judgePlan: as expected, with the times seen on the topics", () => {
	assert.deepEqual(judgePlan(scenario, view, seen(asExpected)), {
		name: "two",
		plan_id: "p",
		orchestrator_version: "V2",
		expected: "SUCCESS",
		status: "SUCCESS",
		ok: true,
		tickets: 2,
		retries: 1,
		to_tickets_ms: 300,
		to_done_ms: 800,
		faults: [],
	});
});

const faulty: {
	name: string;
	view?: PlanView;
	wireIds?: [string, string][];
	frames?: number;
	fault: RegExp;
}[] = [
	{
		name: "another status",
		view: { ...view, status: "PARTIAL" },
		fault: /status: PARTIAL, expected SUCCESS/,
	},
	{
		name: "another version",
		view: { ...view, orchestrator_version: "V1" },
		fault: /version: V1, expected V2/,
	},
	{
		name: "an attempt published twice",
		wireIds: [...asExpected, ["a", "a"]],
		fault: /1 attempts are on the topic more than once/,
	},
	{
		name: "a second set of tickets",
		wireIds: [...asExpected, ["c", "c"]],
		fault: /tickets on the topic: 3, expected 2/,
	},
	{
		name: "a retry nobody expected",
		wireIds: [...asExpected, ["a2", "a"]],
		fault: /retries on the topic: 2, expected 1/,
	},
	{ name: "no frame", frames: 0, fault: /telemetry frames: 0, expected 1/ },
	{ name: "two frames", frames: 2, fault: /telemetry frames: 2, expected 1/ },
];

for (const { name, fault, wireIds = asExpected, frames, ...spec } of faulty) {
	test(`judgePlan: ${name} is a fault`, () => {
		const evidence = seen(wireIds, frames);
		const facts = judgePlan(scenario, spec.view ?? view, evidence);
		assert.equal(facts.ok, false);
		assert.equal(facts.faults.length, 1);
		assert.match(facts.faults.join(), fault);
	});
}

test("judgePlan: a plan nobody knows is not ok", () => {
	const facts = judgePlan(scenario, undefined, seen([], 0));
	assert.equal(facts.ok, false);
	assert.equal(facts.status, "unknown");
	assert.equal(facts.to_done_ms, null);
});

test("judgePlan: an alert counts once, and only before the deadline of the plan it is about", () => {
	const evidence = createEvidenceByPlan();
	const alert = (alert_id: string, ticket_id: string | null, atMs: number) =>
		evidence.alert(
			{
				plan_id: "p",
				event_type: "ALERT",
				...{ alert_id, ticket_id, context: { sla_deadline: 2_000 } },
			},
			atMs,
		);
	alert("late", null, 2_500);
	alert("of a ticket", "t", 1_000);
	const expecting = {
		...scenario,
		expected: { ...scenario.expected, alerts: 1 },
	};
	const faults = () => judgePlan(expecting, undefined, evidence.of("p")).faults;
	const missing = "alerts before the deadline: 0, expected 1";
	assert.ok(faults().includes(missing));
	alert("in time", null, 1_500);
	alert("in time", null, 1_600);
	assert.ok(!faults().some((fault) => fault.startsWith("alerts")));
});
