import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApprovalAnswer } from "../../src/domain/approvals.ts";
import { planHash } from "../../src/domain/canonical-json.ts";
import { readApprovalAnswer } from "../../src/domain/read-approval-answer.ts";
import { planJson } from "../support/plans.ts";

const plan = planJson([["a"]]);
const hash = planHash(plan);
const response = {
	plan_id: "p-1",
	intent_id: "i-1",
	decision: "approved",
	approved_by: "ada",
	approved_at: 1_000,
	rejection_reason: null,
	cognitive_plan_json: JSON.stringify(plan),
};

function answerTo(changes: object): ApprovalAnswer {
	const reading = readApprovalAnswer({ ...response, ...changes });
	assert.ok(reading.ok, JSON.stringify(reading));
	return reading.answer;
}

test("readApprovalAnswer: an answer of the contract", () => {
	const { answer_id, ...answer } = answerTo({});
	assert.match(answer_id, /^[0-9a-f]{32}$/);
	assert.deepEqual(answer, {
		plan_id: "p-1",
		decision: "approved",
		approved_by: "ada",
		approved_at: 1_000,
		reason: null,
		plan_hash: hash,
	});
});

const others = { decision: "rejected", cognitive_plan_json: null };
const accepted: [string, object, Partial<ApprovalAnswer>][] = [
	["words in any case", { decision: " Rejected " }, { decision: "rejected" }],
	["ISO time", { approved_at: "1970-01-01T00:00:01Z" }, { approved_at: 1_000 }],
	["no plan", others, { plan_hash: null }],
	["the hash alone", { ...others, plan_hash: hash }, { plan_hash: hash }],
	["hash and plan", { plan_hash: hash.toUpperCase() }, { plan_hash: hash }],
	[
		"a reason that is too long",
		{ rejection_reason: "x".repeat(2_000) },
		{ reason: "x".repeat(1_000) },
	],
	[
		"the request around the plan",
		{ cognitive_plan_json: JSON.stringify({ cognitive_plan: plan }) },
		{ plan_hash: hash },
	],
];
for (const [name, changes, expected] of accepted) {
	test(`readApprovalAnswer: takes ${name}`, () => {
		const answer = answerTo(changes);
		assert.deepEqual({ ...answer, ...expected }, answer);
	});
}

const refused: [string, unknown, string[]][] = [
	["no object", [1], ["$"]],
	["nothing in it", {}, ["$.plan_id", "$.approved_by", "$.decision"]],
	["a third word", { ...response, decision: "maybe" }, ["$.decision"]],
	["nobody", { ...response, approved_by: "" }, ["$.approved_by"]],
	["a long id", { ...response, plan_id: "x".repeat(201) }, ["$.plan_id"]],
	[
		"a plan that is no JSON",
		{ ...response, cognitive_plan_json: "{oops" },
		["$.cognitive_plan_json"],
	],
	["no hash", { ...response, plan_hash: "abc" }, ["$.plan_hash"]],
	[
		"another plan's hash",
		{ ...response, plan_hash: "0".repeat(64) },
		["$.plan_hash"],
	],
	["no time", { ...response, approved_at: "soon" }, ["$.approved_at"]],
];
for (const [name, value, paths] of refused) {
	test(`readApprovalAnswer: refuses ${name} and says where`, () => {
		const reading = readApprovalAnswer(value);
		assert.ok(!reading.ok);
		const found = new Set(reading.problems.map(({ path }) => path));
		assert.deepEqual([...found].sort(), paths.toSorted());
	});
}

test("readApprovalAnswer: the same answer has the same id, another has another", () => {
	const { decision, ...rest } = response;
	assert.equal(
		answerTo({}).answer_id,
		answerTo({ ...rest, decision }).answer_id,
	);
	assert.notEqual(
		answerTo({}).answer_id,
		answerTo({ approved_at: 1_001 }).answer_id,
	);
});
