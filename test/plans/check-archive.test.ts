import assert from "node:assert/strict";
import { test } from "node:test";
import {
	decision,
	type Given,
	NOW_MS,
	openIntake,
	ran,
	reject,
	written,
} from "../support/intake-with-archive.ts";

const cases: {
	name: string;
	given: Given;
	value?: object;
	wanted: string;
	calls: string[];
}[] = [
	{
		name: "nobody knows it: it starts, and only then it is remembered",
		given: {},
		wanted: "started",
		calls: ["find", "read plan", "start", "remember d-1 orch-p-1"],
	},
	{
		name: "Redis knows it: Temporal is not asked",
		given: { processed: written },
		wanted: "duplicate",
		calls: ["find", "read plan"],
	},
	{
		name: "Redis knows another content under its id",
		given: { processed: { ...written, plan_hash: "another" } },
		wanted: "started",
		calls: ["find", "read plan", "start", "remember d-1 orch-p-1"],
	},
	{
		name: "the plan ran under it, long ago",
		given: { plan: ran },
		wanted: "duplicate",
		calls: ["find", "read plan", "remember d-1 orch-p-1"],
	},
	{
		name: "the plan ran under it, then under another one",
		given: { plan: { ...ran, decision_id: "d-2" }, decision: written },
		wanted: "duplicate",
		calls: ["find", "read plan", "read decision", "remember d-1 orch-p-1"],
	},
	{
		name: "the plan was executed under another one",
		given: { plan: { ...ran, decision_id: "d-2" } },
		wanted: "refused",
		calls: ["find", "read plan", "read decision"],
	},
	{
		name: "the plan was executed under it with another content",
		given: {
			plan: { ...ran, plan_hash: "another" },
			decision: { ...written, plan_hash: "another" },
		},
		wanted: "refused",
		calls: ["find", "read plan", "read decision"],
	},
	{
		name: "nothing was published under another one",
		given: {
			plan: {
				...ran,
				decision_id: "d-2",
				published_at: null,
				status: "INVALID",
			},
		},
		wanted: "started",
		calls: [
			"find",
			"read plan",
			"read decision",
			"start after its end",
			"remember d-1 orch-p-1",
		],
	},
	{
		name: "the plan is open and nothing is out: Temporal knows more",
		given: { plan: { ...ran, published_at: null, status: "RUNNING" } },
		wanted: "started",
		calls: ["find", "read plan", "start", "remember d-1 orch-p-1"],
	},
	{
		name: "its run was ended from outside, so the plan is open for ever",
		given: { plan: { ...ran, status: "RUNNING" } },
		wanted: "duplicate",
		calls: ["find", "read plan", "remember d-1 orch-p-1"],
	},
	{
		name: "tickets are out under another one, and the plan is open",
		given: { plan: { ...ran, decision_id: "d-2", status: "RUNNING" } },
		wanted: "refused",
		calls: ["find", "read plan", "read decision"],
	},
	{
		name: "tickets may be out: their publication was never acknowledged",
		given: {
			plan: {
				...ran,
				published_at: null,
				publish_attempted: true,
				status: "RUNNING",
			},
		},
		wanted: "duplicate",
		calls: ["find", "read plan", "remember d-1 orch-p-1"],
	},
	{
		name: "tickets may be out under another one that has failed",
		given: {
			plan: {
				...ran,
				decision_id: "d-2",
				published_at: null,
				publish_attempted: true,
				status: "FAILED",
			},
		},
		wanted: "refused",
		calls: ["find", "read plan", "read decision"],
	},
	{
		name: "its plan stands in the ledger, so it names no content",
		given: { plan: ran },
		value: { ...decision, cognitive_plan: null },
		wanted: "duplicate",
		calls: ["find", "read plan", "remember d-1 orch-p-1"],
	},
	{
		name: "a reject that was recorded long ago is not told again",
		given: { decision: { ...written, final_decision: "reject" } },
		value: reject,
		wanted: "duplicate",
		calls: ["find", "read decision", "remember d-1 orch-p-1"],
	},
	{
		name: "a reject that was recorded lately: the plan may not know it yet",
		given: {
			decision: { ...written, final_decision: "reject", recorded_at: NOW_MS },
		},
		value: reject,
		wanted: "recorded",
		calls: ["find", "read decision", "record", "remember d-1 decision-d-1"],
	},
	{
		name: "an approval under the id of a reject",
		given: { processed: { ...written, final_decision: "reject" } },
		wanted: "started",
		calls: ["find", "read plan", "start", "remember d-1 orch-p-1"],
	},
];

for (const { name, given, value, wanted, calls } of cases) {
	test(`checkArchive: ${name}`, async () => {
		const intake = openIntake(given);
		const outcome = await intake.accept(value);
		assert.equal(outcome.kind, wanted);
		assert.deepEqual(intake.calls, calls);
	});
}
