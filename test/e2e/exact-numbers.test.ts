import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { planHash } from "../../src/domain/canonical-json.ts";
import { toJson } from "../../src/domain/json-text.ts";
import { parseJson } from "../../src/domain/parse-json.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });
const long = "7615917337495251231";
/** In the order of their names, in which a corrected body goes back. */
const numbers = `{"huge":1e400,"id":${long},"list":[1.10,${long}.5,9007199254740993],"n":7}`;

/** The JSON of a plan whose tasks have these numbers as parameters. */
function planText(plan_id: string): string {
	const parameters = "NUMBERS" as unknown as Record<string, string>;
	const plan = buildPlan({ plan_id, tasks: chain(1, { parameters }) });
	return JSON.stringify(plan).replaceAll('"NUMBERS"', numbers);
}

/** What is written of the parameters, wherever they stand. */
const written = (value: unknown) => toJson(parseJson(toJson(value)));
const wanted = written(parseJson(numbers));

async function get(path: string): Promise<string> {
	return await (await fetch(`${world.address()}/api/v1${path}`)).text();
}

async function post(path: string, body: string): Promise<string> {
	const response = await fetch(`${world.address()}/api/v1${path}`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body,
	});
	return await response.text();
}

test("exact numbers: from a decision to a person's approval, the ticket, its document and REST", async () => {
	const plan_id = newPlanId("exact");
	const text = planText(plan_id);
	const decision = buildDecision(buildPlan({ plan_id, tasks: chain(1) }), {
		requires_human_review: true,
	});
	await world.publish({ ...decision, cognitive_plan: text });
	const asked = await world.eventually(
		() => world.recordsOf("approvalRequests", plan_id)[0]?.body,
	);
	assert.ok(toJson(asked).includes(`"parameters":${wanted}`));
	assert.equal(asked.plan_hash, planHash(parseJson(text)));
	const other = text.replace(long, "7615917337495251000");
	const refused = await answer(plan_id, other);
	assert.match(refused, /ANOTHER_PLAN/);
	await world.publishOn("approvalResponses", response(plan_id, text));

	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const [ticket] = world.recordsOf("tickets", plan_id);
	assert.equal(toJson(ticket?.body.parameters), wanted);
	assert.doesNotMatch(JSON.stringify(ticket?.body.metadata), /-> string/);
	const ticketId = String(ticket?.body.ticket_id);
	for (const path of [`/tickets/${ticketId}`, `/plans/${plan_id}/tickets`]) {
		// MongoDB writes exponents its own way.
		const shown = (await get(path)).replace("1E+400", "1e400");
		assert.ok(shown.includes(`"parameters":${wanted}`), shown);
	}
	const stored = await world.documents("execution_tickets", {
		"parameters.id": { $type: "long" },
		created_at: { $type: "long" },
		plan_id,
	});
	assert.equal(stored.length, 1);
});

function response(plan_id: string, cognitive_plan_json: string): Buffer {
	const given = { plan_id, decision: "approved", approved_by: "ada" };
	return Buffer.from(JSON.stringify({ ...given, cognitive_plan_json }));
}

/** Answers for another plan; resolves with what becomes of that. */
async function answer(planId: string, text: string): Promise<string> {
	await world.publishOn("approvalResponses", response(planId, text));
	return await world.eventually(async () => {
		const list = await get("/approvals?state=unmatched&limit=500");
		return list.includes(planId) && list;
	});
}

test("exact numbers: a dead letter shows them, and goes back with those of the corrected body", async () => {
	const plan_id = newPlanId("letter");
	const cognitive_plan = planText(plan_id);
	const broken = `{"plan_id":"${plan_id}","decision_id":"d-${plan_id}","final_decision":"perhaps","cognitive_plan":${cognitive_plan}}`;
	await world.publish(Buffer.from(broken));
	const id = await world.eventually(async () => {
		const list = await get(`/dead-letters?plan_id=${plan_id}`);
		return JSON.parse(list).dead_letters[0]?.id as string | undefined;
	});
	const path = `/dead-letters/${encodeURIComponent(id)}`;
	assert.ok((await get(path)).includes(`"parameters":${wanted}`));
	const body = broken.replace("perhaps", "approve");
	const who = '"actor":"ada","reason":"a typo"';
	assert.match(
		await post(`${path}/redrive`, `{${who},"body":${body}}`),
		/redriven/,
	);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const [ticket] = world.recordsOf("tickets", plan_id);
	assert.equal(toJson(ticket?.body.parameters), wanted);
	assert.ok((await get(path)).includes(`"corrected":{"cognitive_plan":`));
	assert.equal((await get(path)).split(long).length, 1 + 4);
});

test("exact numbers: by REST as by Kafka", async () => {
	const plan_id = newPlanId("posted");
	const text = planText(plan_id);
	const dry = parseJson(await post("/plans:dry-run", text)) as object;
	assert.partialDeepStrictEqual(dry, {
		valid: true,
		plan_hash: planHash(parseJson(text)),
	});
	await post("/plans", text);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const [ticket] = world.recordsOf("tickets", plan_id);
	assert.equal(toJson(ticket?.body.parameters), wanted);
});
