import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApprovalRequest } from "../../schemas/approval-request.ts";
import { redactRequest } from "../../src/domain/approval-request.ts";
import { planHash } from "../../src/domain/canonical-json.ts";
import { readApprovalAnswer } from "../../src/domain/read-approval-answer.ts";
import {
	createRedact,
	findRedacted,
	REDACTED,
} from "../../src/domain/redact.ts";

const redact = createRedact(["*password*", "api_key"]);

function planWith(tasks: object[], metadata: object = {}) {
	return { plan_id: "p", explainability_token: "t", metadata, tasks };
}

test("redact: parameters by pattern and by mark, wherever the mark stands, also inside text that is JSON", () => {
	const plan = planWith(
		[
			{ parameters: { DB_Password: "x", url: "u", card: "1", api_key_id: 7 } },
			{
				parameters: {
					pin: "1",
					nested: '{"card":"2","left":1}',
					list: [{ api_key: 3 }],
				},
				metadata: { sensitive: "pin, other" },
			},
			{ parameters: { pin: "2" }, metadata: { sensitive: '["pin"]' } },
		],
		{ sensitive: ["card"] },
	);
	const tasks = [
		{
			parameters: {
				DB_Password: REDACTED,
				url: "u",
				card: REDACTED,
				api_key_id: 7,
			},
		},
		{
			parameters: {
				pin: REDACTED,
				nested: '{"card":"***","left":1}',
				list: [{ api_key: REDACTED }],
			},
			metadata: { sensitive: "pin, other" },
		},
		{ parameters: { pin: REDACTED }, metadata: { sensitive: '["pin"]' } },
	];
	const shown = { ...plan, tasks };
	assert.deepEqual(redact.parameters(plan), shown);
	const decision = { cognitive_plan: JSON.stringify(plan) };
	assert.deepEqual(redact.parameters(decision), {
		cognitive_plan: JSON.stringify(shown),
	});
});

test("redact: what is not a parameter stays, and what has nothing to hide is the same object", () => {
	const plan = planWith([{ parameters: { url: "u" } }], { password: "kept" });
	assert.equal(redact.parameters(plan), plan);
	assert.deepEqual(redact.fields({ ...plan, tasks: [] }).metadata, {
		password: REDACTED,
	});
	const error = new Error("password=x");
	assert.equal(redact.fields({ error }).error, error);
});

test("redact: beyond what any plan needs nothing is shown", () => {
	let deep: object = { password: "x" };
	for (let depth = 0; depth < 40; depth += 1) deep = { parameters: deep };
	assert.doesNotMatch(JSON.stringify(redact.parameters(deep)), /"x"/);
});

test("redact: names with values in a text, and credentials in addresses", () => {
	const text =
		'no login: password=abc, "db_password": "a \\"b", user=ada at mongodb://u:p@host/db';
	assert.equal(
		redact.text(text),
		'no login: password=***, "db_password": ***, user=ada at mongodb://***@host/db',
	);
});

test("redactRequest: who approves does not see them, and the plan that comes back is still the one that was asked about", () => {
	const plan = { tasks: [{ parameters: { password: "x" } }] };
	const plan_hash = planHash(plan);
	const request = { cognitive_plan: plan, plan_hash } as ApprovalRequest;
	const shown = redactRequest(request, redact);
	assert.doesNotMatch(JSON.stringify(shown), /"x"/);
	const reading = readApprovalAnswer({
		...{ plan_id: "p", decision: "approved", approved_by: "ada" },
		cognitive_plan_json: JSON.stringify(shown.cognitive_plan),
	});
	assert.equal(reading.ok && reading.answer.plan_hash, plan_hash);
	const open = { ...request, cognitive_plan: { tasks: [] } };
	assert.equal(redactRequest(open, redact), open);
});

test("findRedacted: names the place of a value that was hidden", () => {
	assert.equal(findRedacted({ a: [{ b: "*" }, { b: REDACTED }] }), "$.a[1].b");
	assert.equal(findRedacted({ a: "x", n: null }), undefined);
});
