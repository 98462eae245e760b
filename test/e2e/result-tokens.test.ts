import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld(
	{ after },
	{
		env: {
			TICKET_RESULT_TOKENS: "true",
			TICKET_RESULT_TOKEN_KEYS: "0123456789abcdef0123456789abcdef",
		},
		agents: { durationMs: 1_000 },
	},
);

function claimOf(ticket_id: string) {
	return {
		ticket_id,
		status: "COMPLETED",
		result: { success: true, output: {}, metadata: {}, logs: [] },
		agent_id: "impostor",
		timestamp: Date.now(),
	};
}

test("result tokens: who saw only the id of a published ticket ends nothing; its agents do", async () => {
	const plan_id = newPlanId("tokens");
	await world.publish(buildDecision(buildPlan({ plan_id, tasks: chain(2) })));
	const claimed = await world.eventually(async () => {
		const [ticket] = world.recordsOf("tickets", plan_id);
		return ticket && String(ticket.body.ticket_id);
	});
	const claim = claimOf(claimed);
	await world.publishOn("results", Buffer.from(JSON.stringify(claim)));
	const answer = await fetch(
		`${world.address()}/api/v1/tickets/${claimed}/status`,
		{
			method: "PATCH",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(claim),
		},
	);
	assert.equal(answer.status, 403);
	assert.equal(((await answer.json()) as { code: string }).code, "FORBIDDEN");

	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const tickets = await world.documents("execution_tickets", { plan_id });
	for (const { agent_id } of tickets) assert.match(agent_id, /^agent-/);
	const letters = await world.eventually(async () => {
		const found = await world.documents("dead_letters", {});
		return found.length > 0 && found;
	});
	assert.deepEqual(
		letters.map(({ reason }) => reason),
		["TICKET_TOKEN_WRONG"],
	);
});

test("result tokens: a token is on Kafka's tickets and nowhere else that people read", async () => {
	const plan_id = newPlanId("tokens");
	await world.publish(buildDecision(buildPlan({ plan_id, tasks: chain(2) })));
	await world.finalPlan(plan_id);
	const tokens = world
		.recordsOf("tickets", plan_id)
		.map(({ body }) =>
			String((body.metadata as { ticket_token: string }).ticket_token),
		);
	assert.equal(new Set(tokens).size, 2);
	const texts: [string, string][] = [];
	for (const name of await world.collections())
		texts.push([name, JSON.stringify(await world.documents(name, {}))]);
	for (const path of [
		`plans/${plan_id}`,
		`plans/${plan_id}/tickets`,
		`plans/${plan_id}/timeline`,
	]) {
		const url = `${world.address()}/api/v1/${path}`;
		texts.push([path, await (await fetch(url)).text()]);
	}
	texts.push(["log", world.log()]);
	for (const token of tokens) {
		assert.match(token, /^[\w-]{43}$/);
		for (const [where, text] of texts)
			assert.ok(!text.includes(token), `seen in ${where}`);
	}
});
