import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const goodPlan = () =>
	buildPlan({ plan_id: newPlanId("good"), tasks: chain(1) });

/** Everything that is no decision; each must be a dead letter with a reason. */
const malformed: Record<string, Buffer> = {
	"no bytes": Buffer.alloc(0),
	"one zero byte": Buffer.alloc(1),
	"random bytes": randomBytes(500),
	"text that is no JSON": Buffer.from("approve the plan, please"),
	"JSON cut in the middle": json(buildDecision(goodPlan())).subarray(0, 900),
	null: json(null),
	"a number": json(42),
	"a list": json([buildDecision(goodPlan())]),
	"an empty object": json({}),
	"a decision without an id": json({
		...buildDecision(goodPlan()),
		decision_id: undefined,
		tasks: undefined,
	}),
	"an outcome nobody knows": json({
		...buildDecision(goodPlan()),
		final_decision: "perhaps",
	}),
	"an id longer than 200 characters": json(
		buildDecision(buildPlan({ plan_id: "x".repeat(201), tasks: chain(1) })),
	),
	"Avro without a registry": Buffer.concat([
		Buffer.from([0, 0, 0, 0, 7]),
		randomBytes(60),
	]),
	"bad UTF-8": Buffer.concat([
		Buffer.from('{"a":"'),
		Buffer.from([0xff, 0xfe]),
	]),
	"deep nesting": Buffer.from("[".repeat(50_000)),
};

test("malformed messages: each is a dead letter with a reason, and every good plan between them runs", async () => {
	const junk = Object.values(malformed);
	const plans = junk.map(goodPlan);
	const positions = await world.publish(
		...junk.flatMap((bytes, index) => [
			bytes,
			buildDecision(plans[index] as ReturnType<typeof goodPlan>),
		]),
	);
	for (const { plan_id } of plans) {
		assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	}
	const letters = await world.eventually(() => {
		const found = world.records("consensusDlq");
		return found.length >= junk.length && found;
	});
	assert.equal(letters.length, junk.length);
	for (const [index, name] of Object.keys(malformed).entries()) {
		const source = positions[2 * index];
		const letter = letters.find(({ body }) => {
			const { topic, partition, offset } = body.source as NonNullable<
				typeof source
			>;
			return (
				topic === source?.topic &&
				partition === source.partition &&
				offset === source.offset
			);
		});
		assert.ok(letter, `${name} is no dead letter`);
		const { reason, message, original_base64 } = letter.body;
		assert.match(String(reason), /^[A-Z_]+$/, name);
		assert.notEqual(message ?? letter.body.hint, undefined, name);
		const original = Buffer.from(String(original_base64), "base64");
		assert.ok(original.equals(junk[index] as Buffer), `${name}: other bytes`);
	}
});

test("malformed messages: noise on the topics of results and dead tickets stops nothing", async () => {
	const junk = [
		Buffer.alloc(0),
		randomBytes(300),
		json(null),
		json({}),
		json({ ticket_id: 7, status: [] }),
		json({ ticket_id: "nobody's", status: "COMPLETED" }),
	];
	await world.publishOn("results", ...junk);
	await world.publishOn("ticketsDlq", ...junk);
	await world.publishOn("resultsRetry", ...junk);
	const plan = goodPlan();
	await world.publish(buildDecision(plan));
	assert.equal((await world.finalPlan(plan.plan_id)).status, "SUCCESS");
	const health = await fetch(`${world.address()}/live`);
	assert.equal(health.status, 200);
});

test("malformed messages: a well-formed decision with a bad plan is a plan with all its faults", async () => {
	const tasks = [
		{ task_id: "a", dependencies: ["nowhere"] },
		{ task_id: "b", dependencies: ["c"] },
		{ task_id: "c", dependencies: ["b"] },
	];
	const plan_id = newPlanId("invalid");
	const plan = {
		...buildPlan({ plan_id, tasks }),
		execution_order: ["a", "b"],
	};
	await world.publish(buildDecision(plan));
	const { status, problems } = await world.finalPlan(plan_id);
	assert.equal(status, "INVALID");
	assert.deepEqual(problems.map(({ code }) => code).sort(), [
		"DEPENDENCY_CYCLE",
		"DEPENDENCY_UNKNOWN",
		"TASK_NOT_ORDERED",
	]);
	assert.equal(world.recordsOf("tickets", plan_id).length, 0);
});
