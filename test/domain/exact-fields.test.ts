import assert from "node:assert/strict";
import { test } from "node:test";
import { EXACT_KEY, numberOf } from "../../src/domain/exact-number.ts";
import { FieldReader } from "../../src/domain/field-reader.ts";
import { parseJson } from "../../src/domain/parse-json.ts";
import { readApprovalAnswer } from "../../src/domain/read-approval-answer.ts";
import { readDecision } from "../../src/domain/read-decision.ts";
import { readResult } from "../../src/domain/read-result.ts";
import { validatePlan } from "../../src/domain/validate-plan.ts";
import { decision } from "./decision-samples.ts";

const long = "7615917337495251231";

test("exact fields: ids, metadata and the embedded plan of a decision keep their digits", () => {
	const reading = readDecision(
		parseJson(
			`{"decision_id":${long},"plan_id":${long}5,"final_decision":"approve","intent_id":${long},"metadata":{"n":${long},"o":{"b":${long}00000,"a":1}},"cognitive_plan":"{\\"plan_id\\":${long}5}"}`,
		),
	);
	assert.ok(reading.ok);
	assert.partialDeepStrictEqual(reading.decision, {
		decision_id: long,
		plan_id: `${long}5`,
		intent_id: long,
		metadata: { n: long, o: `{"a":1,"b":${long}00000}` },
	});
	assert.deepEqual(reading.plan, { plan_id: numberOf(`${long}5`) });
});

test("exact fields: the output of a result keeps its digits", () => {
	const reading = readResult(
		parseJson(
			`{"ticket_id":${long},"status":"COMPLETED","result":{"output":{"n":${long},"o":[${long}]}},"plan_id":${long}}`,
		),
		null,
	);
	assert.ok(reading.ok);
	assert.equal(reading.result.ticket_id, long);
	assert.equal(reading.planId, long);
	assert.deepEqual(reading.result.output, { n: long, o: `[${long}]` });
});

test("exact fields: an answer names by its JSON the very plan, not one beside it", () => {
	const hashOf = (json: string) => {
		const answer = {
			...{ plan_id: "p", approved_by: "ada", decision: "approved" },
			cognitive_plan_json: json,
		};
		const reading = readApprovalAnswer(answer);
		return reading.ok ? reading.answer.plan_hash : undefined;
	};
	assert.ok(hashOf(`{"tasks":[{"n":${long}}]}`));
	assert.equal(
		hashOf(`{"tasks":[${long}]}`),
		hashOf(` {"tasks": [${long}.0]}`),
	);
	assert.notEqual(
		hashOf(`{"tasks":[${long}]}`),
		hashOf('{"tasks":[7615917337495251232]}'),
	);
});

test("exact fields: what is measured is as near as JavaScript comes, what is too large is named", () => {
	const fields = parseJson(
		`{"near":0.12345678901234567890,"huge":1e400,"time":1700000000000.00000000001,"nanos":1700000000000000001,"object":${long}}`,
	);
	const reader = new FieldReader(fields, "$");
	assert.equal(reader.number("near"), 0.12345678901234568);
	assert.equal(reader.optionalTimestamp("time"), 1_700_000_000_000);
	reader.number("huge");
	reader.optionalTimestamp("nanos");
	reader.optionalObject("object");
	assert.deepEqual(
		reader.problems.map(({ message }) => message),
		[
			"$.huge is 1e400, expected a number",
			"$.nanos is 1700000000000000001, expected epoch milliseconds or ISO 8601 text",
			`$.object is ${long}, expected an object`,
		],
	);
});

test("exact fields: a plan that uses the name kept for exact numbers is refused with it", () => {
	const cognitive_plan = `{"plan_id":"p-1","tasks":[{"${EXACT_KEY}":"7"}]}`;
	const reading = readDecision({ ...decision, cognitive_plan });
	assert.ok(reading.ok);
	const { plan } = reading;
	const validation = validatePlan({
		...{ plan, planId: "p-1", nowMs: 0, maxTasks: 9 },
	});
	assert.ok(!validation.valid);
	assert.match(
		validation.problems[0]?.message ?? "",
		/is kept for this service/,
	);
});
