import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { envelopeOf, openIntakeWorld } from "../support/intake-world.ts";
import { finishSignal } from "../support/plan-workflow.ts";
import {
	arrived,
	consume,
	handleOf,
	resultOf,
	signalsOf,
	startPlan,
} from "./consume-results.ts";

const key = "k".repeat(32);
const tokenOf = (id: string) =>
	createHmac("sha256", key).update(id).digest("base64url");

function echoing(id: string, ticket_token: string) {
	const output = { told: `it was ${ticket_token}` };
	const result = {
		success: true,
		output,
		metadata: { ticket_token },
		logs: [],
	};
	return { key: id, value: resultOf(id, { result }) };
}

test("results with tokens: only who was given the ticket is believed; the others are dead letters at once", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	const index = new Map(
		["a", "b", "c", "d"].map((id) => [id, planId] as const),
	);
	await consume(world, { index, tokenKeys: [key] });
	await world.publish("results", [
		{ key: "b", value: resultOf("b") },
		echoing("c", tokenOf("a")),
		echoing("a", tokenOf("a")),
		{
			key: "d",
			value: resultOf("d"),
			headers: { "ticket-token": tokenOf("d") },
		},
	]);
	await world.publish("ticketsDlq", [
		{ key: "b", value: { ticket_id: "b", plan_id: planId } },
	]);
	const results = await arrived(world, planId, 2);
	assert.deepEqual(results.map(({ ticket_id }) => ticket_id).sort(), [
		"a",
		"d",
	]);
	const told = results.find(({ ticket_id }) => ticket_id === "a")?.output.told;
	assert.equal(told, `it was ${"*".repeat(43)}`);
	const letters = await world.read("resultsDlq", 3);
	for (const letter of letters) {
		assert.equal(envelopeOf(letter).reason, "TICKET_TOKEN_WRONG");
		assert.ok(!String(letter.value).includes(tokenOf("a")));
	}
	assert.equal((await signalsOf(world, planId)).flat().length, 2);
	assert.equal(
		world.metrics.lines.filter((line) => line.endsWith("TICKET_TOKEN_WRONG"))
			.length,
		3,
	);
});

test("results with tokens: one that came too late keeps none, and sent back counts as what it was", async (t) => {
	const world = await openIntakeWorld(t);
	const planId = await startPlan(world);
	await handleOf(world, planId).signal(finishSignal, "completed");
	await handleOf(world, planId).result();
	await consume(world, { index: new Map([["a", planId]]), tokenKeys: [key] });
	await world.publish("results", [echoing("a", tokenOf("a"))]);
	const [letter] = await world.read("resultsDlq", 1);
	const envelope = envelopeOf(letter);
	assert.equal(envelope.reason, "LATE");
	const original = Buffer.from(envelope.original_base64 ?? "", "base64");
	assert.ok(!String(original).includes(tokenOf("a")));
	const { headers } = envelope as unknown as {
		headers: Record<string, string>;
	};
	await world.publish("results", [
		{ key: "a", value: JSON.parse(String(original)), headers },
	]);
	const again = await world.read("resultsDlq", 2);
	assert.deepEqual(
		again.map((one) => envelopeOf(one).reason),
		["LATE", "LATE"],
	);
});
