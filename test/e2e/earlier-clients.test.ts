import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });
/** Agents take these tickets and say nothing. */
const parameters = { simulate: "silent" };

async function ask(method: string, path: string, body?: object) {
	const response = await fetch(`${world.address()}/api/v1${path}`, {
		method,
		...(body && {
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		}),
	});
	return { status: response.status, body: (await response.json()) as never };
}

/** A plan of silent tasks; answers the tickets as they lie on Kafka. */
async function begin(name: string, count: number) {
	const planId = newPlanId(name);
	const tasks = chain(count, { parameters });
	await world.publish(buildPlan({ plan_id: planId, tasks }));
	const tickets = await world.eventually(async () => {
		const published = world.recordsOf("tickets", planId);
		return published.length === count && published;
	});
	return { planId, ids: tickets.map(({ body }) => String(body.ticket_id)) };
}

const report = (id: string | undefined, body: object) =>
	ask("PATCH", `/tickets/${id}/status`, body);

test("earlier clients: a worker that keeps its tickets with us reports by PATCH, and the plan ends by it", async () => {
	const { planId, ids } = await begin("patched", 2);
	const nulls = { error_message: null, actual_duration_ms: null };
	const running = await report(ids[0], { status: "RUNNING", ...nulls });
	assert.equal(running.status, 200, JSON.stringify(running.body));
	const first = { status: "COMPLETED", ...nulls, actual_duration_ms: 7 };
	const done = await report(ids[0], first);
	const { status, actual_duration_ms } = done.body as Record<string, unknown>;
	assert.deepEqual([done.status, status], [200, "COMPLETED"]);
	assert.equal(actual_duration_ms, 7);
	// The same on Kafka, or once more here, is a duplicate.
	assert.equal((await report(ids[0], first)).status, 200);
	const wrong = await report(ids[1], { status: "WONDERFUL" });
	assert.equal(wrong.status, 422);
	assert.equal((wrong.body as { path: string }).path, "$.body.status");
	assert.equal((await report("no-such", first)).status, 404);
	await report(ids[1], { status: "completed" });
	assert.equal((await world.finalPlan(planId)).status, "SUCCESS");
	const late = await world.eventually(async () => {
		const answer = await report(ids[1], { status: "FAILED" });
		return answer.status === 409 && answer;
	});
	assert.match(JSON.stringify(late.body), /had ended/);
});

test("earlier clients: a workflow's status, its signals, and its cancel", async () => {
	const { planId, ids } = await begin("signalled", 2);
	const path = `/workflows/orch-${planId}`;
	const other = await begin("other", 1);
	const signal = (data: object, signal_name = "ticket_completed") =>
		ask("POST", `${path}/signal`, { signal_name, data });
	const foreign = await signal({ ticket_id: other.ids[0] });
	assert.equal(foreign.status, 404, "it is a ticket of another plan");
	assert.equal((await signal({})).status, 422);
	assert.equal((await signal({ ticket_id: ids[0] })).status, 200);
	await world.planWith(planId, (plan) => plan.tickets_completed === 1);
	const open = (await ask("GET", `${path}/status`)).body as Record<
		string,
		unknown
	>;
	assert.deepEqual(
		[open.status, open.plan_status, open.completed_at],
		["RUNNING", "RUNNING", null],
	);
	assert.equal((await signal({}, "cancel_workflow")).status, 200);
	assert.equal((await world.finalPlan(planId)).status, "CANCELLED");
	const ended = await world.eventually(async () => {
		const { body } = await ask("GET", `${path}/status`);
		return (body as { completed_at: unknown }).completed_at !== null && body;
	});
	const { result } = ended as { result: { status: string } };
	assert.equal(result.status, "CANCELLED");
	assert.equal((await ask("POST", `${path}/cancel`)).status, 409);
	const bare = await ask("POST", `/workflows/orch-${other.planId}/cancel`);
	assert.equal(bare.status, 200, JSON.stringify(bare.body));
	assert.equal((await world.finalPlan(other.planId)).status, "CANCELLED");
});
