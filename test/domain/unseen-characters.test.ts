import assert from "node:assert/strict";
import { test } from "node:test";
import { readApprovalAnswer } from "../../src/domain/read-approval-answer.ts";
import { readDecision } from "../../src/domain/read-decision.ts";
import {
	escapeUnprintable,
	markUnprintable,
	nameUnseen,
} from "../../src/domain/unseen-characters.ts";
import { validatePlan } from "../../src/domain/validate-plan.ts";
import { planJson } from "../support/plans.ts";

/** Zero width, direction, fillers, tags, line and paragraph separators. */
const each = [
	...["\u00ad", "\u034f", "\u061c", "\u180e", "\u200b", "\u200c", "\u200d"],
	...["\u200e", "\u200f", "\u2028", "\u2029", "\u202a", "\u202e", "\u2060"],
	...["\u2066", "\u2069", "\u3164", "\ufeff", "\u{e0041}"],
];

test("nameUnseen: every character that nobody sees, by its code point, each once and not without end", () => {
	for (const one of each) {
		const code = one.codePointAt(0)?.toString(16).toUpperCase();
		assert.equal(nameUnseen(`a${one}b`), `U+${code?.padStart(4, "0")}`);
	}
	assert.equal(nameUnseen("a\u200b\u202e\u200b"), "U+200B, U+202E");
	assert.match(nameUnseen(each.join("")) ?? "", /^(U\+\w{4}, ){5}\.\.\.$/);
	for (const plain of ["", "deploy-42", "émile", "计划", "خطة", "✔️", "🙂"])
		assert.equal(nameUnseen(plain), undefined, plain);
});

test("markUnprintable, escapeUnprintable: none of them is left, and JSON says the same", () => {
	for (const one of [...each, "\x1b", "\x7f", "\x9b", "\r"]) {
		assert.equal(markUnprintable(`a${one}b`), "a\ufffdb");
		const text = escapeUnprintable(JSON.stringify(`a${one}b`));
		assert.match(text, /^[ -~]*$/);
		assert.equal(JSON.parse(text), `a${one}b`);
	}
	assert.equal(markUnprintable("ü\t🙂\n"), "ü\t🙂\n");
});

const plan = (id: string) => planJson([[id], ["b"]]);
const problemsOf = (value: unknown) => {
	const reading = readDecision(value);
	return reading.ok
		? []
		: reading.problems.map(({ path, message }) => `${path}: ${message}`);
};

test("ids: of plans and decisions they have no characters that nobody sees", () => {
	const decision = {
		...{ decision_id: "d", plan_id: "p", final_decision: "approve" },
		cognitive_plan: plan("a"),
	};
	assert.deepEqual(problemsOf(decision), []);
	for (const field of ["plan_id", "decision_id"] as const)
		assert.deepEqual(problemsOf({ ...decision, [field]: "x\u200b\u202e" }), [
			`$.${field}: $.${field} has characters that nobody sees (U+200B, U+202E): give it an id without`,
		]);
	const [bare = ""] = problemsOf({ ...plan("a"), plan_id: "\ufeffp" });
	assert.match(bare, /^\$\.plan_id: .*\(U\+FEFF\)/);
});

test("ids: of tasks neither, but in plans under former rules", () => {
	const value = plan("a\u200d");
	const asked = {
		...{ plan: value, planId: String(value.plan_id), nowMs: 0, maxTasks: 10 },
	};
	const validation = validatePlan(asked);
	assert.equal(validation.valid, false);
	const [problem] = validation.valid ? [] : validation.problems;
	assert.equal(problem?.path, "$.tasks[0].task_id");
	assert.match(problem?.message ?? "", /\(U\+200D\)/);
	const former = validatePlan({ ...asked, formerRules: true });
	assert.equal(former.valid, true);
});

test("ids: an answer about a plan under former rules is taken, by whatever name a person has", () => {
	const reading = readApprovalAnswer({
		...{ plan_id: "p\u200b", decision: "approved", approved_by: "می\u200cنا" },
	});
	assert.equal(reading.ok, true);
});
