import assert from "node:assert/strict";
import { test } from "node:test";
import { bareDecisionId } from "../../src/domain/bare-plan.ts";
import { planHash } from "../../src/domain/canonical-json.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createAcceptDecision } from "../../src/intake/accept-decision.ts";
import type {
	ProcessedDecision,
	RecalledDecision,
	RecalledPlan,
} from "../../src/intake/decision-memory.ts";
import { keepMetrics } from "../support/intake-stand-ins.ts";
import { planSettings } from "../support/plan-inputs.ts";

const NOW_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const source = { topic: "plans.consensus", partition: 0, offset: "7" };
const decision = {
	decision_id: "d-1",
	plan_id: "p-1",
	final_decision: "approve",
	created_at: NOW_MS,
	cognitive_plan: '{"plan_id":"p-1","tasks":[]}',
};
const plan_hash = planHash(JSON.parse(decision.cognitive_plan));
const bare = { plan_id: "p-1", tasks: [] };
const bareHash = planHash(bare);
const bareId = bareDecisionId("p-1");
const ran: RecalledPlan = {
	workflow_id: "orch-p-1",
	decision_id: "d-1",
	plan_hash,
	published_at: 1,
	status: "SUCCESS",
};
const written: RecalledDecision = {
	plan_id: "p-1",
	plan_hash,
	workflow_id: "orch-p-1",
	final_decision: "approve",
	recorded_at: NOW_MS - 2 * DAY_MS,
};

interface Given {
	plan?: RecalledPlan;
	decision?: RecalledDecision;
	/** Absent: any. */
	decisionId?: string;
	processed?: ProcessedDecision;
	away?: Error;
}

/** Intake whose Temporal knows nothing of what the memories know. */
function open(given: Given) {
	const calls: string[] = [];
	const say = <T>(call: string, answer: T): T => {
		calls.push(call);
		return answer;
	};
	const accept = createAcceptDecision({
		plans: {
			startPlan: async () =>
				say("start", { kind: "started", workflow_id: "orch-p-1" }),
			recordDecision: async () =>
				say("record", { kind: "recorded", workflow_id: "decision-d-1" }),
		},
		memory: {
			async readPlan() {
				if (given.away !== undefined) throw given.away;
				return say("read plan", given.plan);
			},
			async readDecision(id) {
				if (given.away !== undefined) throw given.away;
				const isKnown = id === (given.decisionId ?? id);
				return say("read decision", isKnown ? given.decision : undefined);
			},
		},
		processed: {
			find: async () => say("find", given.processed),
			remember: async (id, { workflow_id }) =>
				say(`remember ${id} ${workflow_id}`, undefined),
		},
		settings: planSettings,
		versions: { v2Enabled: true, v2Percentage: 0 },
		metrics: keepMetrics(),
	});
	return {
		calls,
		accept: (
			value: object = decision,
			decidedAtMs = NOW_MS,
			via: "kafka" | "rest" = "kafka",
		) =>
			accept({
				value,
				receivedAtMs: NOW_MS,
				decidedAtMs,
				source: via === "kafka" ? source : null,
				via,
			}),
	};
}

const reject = { ...decision, final_decision: "reject" };
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
		name: "Redis knows it: nobody else is asked",
		given: { processed: written },
		wanted: "duplicate",
		calls: ["find"],
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
		name: "the bare plan ran under the id of an earlier build",
		given: {
			plan: { ...ran, decision_id: "direct-p-1", plan_hash: bareHash },
		},
		value: bare,
		wanted: "duplicate",
		calls: ["find", "read plan", `remember ${bareId} orch-p-1`],
	},
	{
		name: "the bare plan ran under the id of an earlier build, then under a decision",
		given: {
			plan: { ...ran, decision_id: "d-2", plan_hash: bareHash },
			decision: { ...written, plan_hash: bareHash },
			decisionId: "direct-p-1",
		},
		value: bare,
		wanted: "duplicate",
		calls: [
			"find",
			"read plan",
			"read decision",
			"read decision",
			`remember ${bareId} orch-p-1`,
		],
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
			"start",
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
	test(`recallDecision: ${name}`, async () => {
		const intake = open(given);
		const outcome = await intake.accept(value);
		assert.equal(outcome.kind, wanted);
		assert.deepEqual(intake.calls, calls);
	});
}

const away = new OrchestratorError("STORE_UNAVAILABLE", "away");

test("recallDecision: while MongoDB is away a young decision goes on, an old one waits", async () => {
	const { accept } = open({ away });
	assert.equal((await accept()).kind, "started");
	const silent = { ...decision, created_at: undefined };
	assert.equal((await accept(silent)).kind, "started");
	await assert.rejects(accept(decision, NOW_MS - DAY_MS), away);
	await assert.rejects(accept(silent, NOW_MS - DAY_MS), away);
	await assert.rejects(accept(reject, NOW_MS - DAY_MS), away);
});

test("recallDecision: an old decision that is published anew waits while MongoDB is away", async () => {
	const { accept, calls } = open({ away });
	const old = { ...decision, created_at: NOW_MS - DAY_MS };
	await assert.rejects(accept(old), away);
	assert.deepEqual(calls, ["find"]);
});

test("recallDecision: by REST only the decision itself says how old it is", async () => {
	const { accept, calls } = open({ away });
	const ask = (created_at: number | undefined) =>
		accept({ ...decision, created_at }, NOW_MS, "rest");
	for (const created_at of [undefined, NOW_MS - DAY_MS, NOW_MS + DAY_MS]) {
		await assert.rejects(ask(created_at), (error: OrchestratorError) => {
			assert.equal(error.code, "STORE_UNAVAILABLE");
			assert.match(String(error.details.hint), /created_at/);
			return true;
		});
	}
	assert.ok(!calls.includes("start"), "nothing ran");
	assert.equal((await ask(NOW_MS - DAY_MS / 4)).kind, "started");
});
