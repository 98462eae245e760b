import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, type TestContext, test } from "node:test";
import avsc from "avsc";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain, diamond } from "../../demo/shapes.ts";
import { bareDecisionId } from "../../src/domain/bare-plan.ts";
import { openSchemaRegistry } from "../support/schema-registry.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const hooks = { after: (close: () => unknown) => after(close as () => void) };
const registry = await openSchemaRegistry(hooks as unknown as TestContext);
const world = await openServiceWorld({ after }, { registryUrl: registry.url });

const decisionSchema = JSON.parse(
	readFileSync(
		new URL("../../schemas/consolidated-decision.avsc", import.meta.url),
		"utf8",
	),
);

/** A record as a producer with a schema of its own writes it. */
function framed(schema: object, record: object): Buffer {
	const id = registry.add("plans.consensus-value", JSON.stringify(schema));
	const head = Buffer.alloc(5);
	head.writeUInt32BE(id, 1);
	const type = avsc.Type.forSchema(schema as avsc.Schema);
	return Buffer.concat([head, type.toBuffer(record)]);
}

test("hand-made decisions: Avro by the contract's schema; tickets and results are Avro too", async () => {
	const plan_id = newPlanId("avro");
	const plan = buildPlan({ plan_id, tasks: diamond() });
	await world.publish(framed(decisionSchema, buildDecision(plan)));
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	assert.equal(world.recordsOf("tickets", plan_id).length, 4);
	assert.ok(
		registry.requests.some((request) => request.includes("tickets-value")),
	);
});

test("hand-made decisions: Avro by a newer schema with a field nobody here knows", async () => {
	const plan_id = newPlanId("newer");
	const mood = { name: "mood", type: "string", default: "calm" };
	const fields = [...decisionSchema.fields, mood].reverse();
	const plan = buildPlan({ plan_id, tasks: chain(2) });
	const record = { ...buildDecision(plan), mood: "curious" };
	await world.publish(framed({ ...decisionSchema, fields }, record));
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
});

test("hand-made decisions: JSON with few fields, unknown ones, ISO times, other letters, tasks in any order", async () => {
	const plan_id = newPlanId("sparse");
	const intent_id = "намерение-意図-🙂";
	const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
	const plan = {
		plan_id,
		intent_id,
		colour: { of: ["no", "importance"] },
		tasks: [
			{
				task_id: "last",
				task_type: "Review",
				dependencies: ["first"],
				parameters: { depth: 3, deep: { yes: true }, none: null },
			},
			{ task_id: "first", task_type: "code_generation", unknown: 1 },
		],
		execution_order: ["first", "last"],
		risk_score: 0.1,
		risk_band: "LOW",
		created_at: new Date().toISOString(),
		valid_until: inAnHour,
		original_priority: "urgent",
	};
	await world.publish({
		decision_id: `d-${plan_id}`,
		plan_id,
		intent_id,
		final_decision: "conditional",
		cognitive_plan: JSON.stringify(plan),
		requires_human_review: false,
		created_at: new Date().toISOString(),
		valid_until: inAnHour,
		metadata: { orchestrator_version: "V2" },
		something: { entirely: "new" },
	});
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const tickets = world.recordsOf("tickets", plan_id).map(({ body }) => body);
	assert.deepEqual(
		tickets.map(({ task_id, task_type }) => [task_id, task_type]),
		[
			["first", "EXECUTE"],
			["last", "VALIDATE"],
		],
	);
	for (const ticket of tickets) {
		assert.equal(ticket.intent_id, intent_id);
		assert.equal(ticket.priority, "CRITICAL");
		assert.equal(ticket.risk_band, "low");
	}
	const parameters = { depth: "3", deep: '{"yes":true}', none: "null" };
	assert.deepEqual(tickets[1]?.parameters, parameters);
	assert.match(
		JSON.stringify(tickets[1]?.metadata),
		/; parameters.depth: number -> string;/,
	);
});

test("hand-made decisions: a plan as an object instead of text, and a bare plan", async () => {
	const embedded = newPlanId("object");
	const plan = buildPlan({ plan_id: embedded, tasks: chain(1) });
	const bare = buildPlan({ plan_id: newPlanId("bare"), tasks: chain(2) });
	await world.publish({ ...buildDecision(plan), cognitive_plan: plan }, bare);
	assert.equal((await world.finalPlan(embedded)).status, "SUCCESS");
	assert.equal((await world.finalPlan(bare.plan_id)).status, "SUCCESS");
	const [document] = await world.documents("workflows", {
		plan_id: bare.plan_id,
	});
	assert.equal(document?.decision_id, bareDecisionId(String(bare.plan_id)));
});
