import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { executionResultSchema } from "../../../schemas/execution-result.ts";
import { eventually } from "../../support/eventually.ts";
import { openAgentWorld, wireTicket } from "./support/agent-world.ts";

const DEADLINE_MS = 30_000;

test("startAgents: says RUNNING, then COMPLETED, keyed by the wire id, without naming the plan", async (t) => {
	const world = await openAgentWorld(t);
	await world.start();
	const ticket = wireTicket({ task_type: "build" });
	await world.publish(ticket);
	await eventually(() => world.seen.results.length === 2, DEADLINE_MS);
	const statuses = world.seen.results.map(({ body }) => body.status);
	assert.deepEqual(statuses, ["RUNNING", "COMPLETED"]);
	for (const { key, headers, body } of world.seen.results) {
		assert.equal(key, ticket.ticket_id);
		assert.deepEqual(headers, {});
		assert.deepEqual([...Value.Errors(executionResultSchema, body)], []);
		assert.doesNotMatch(JSON.stringify(body), /plan-of-nobody/);
	}
});

test("startAgents: takes only PENDING, and a ticket it has finished never again", async (t) => {
	const world = await openAgentWorld(t);
	const agents = await world.start({ agents: 2 });
	const once = wireTicket();
	const other = wireTicket({ status: "RUNNING" });
	await world.publish(once, other, once);
	await eventually(() => agents.stats().received === 3, DEADLINE_MS);
	await world.publish(once);
	await eventually(() => agents.stats().duplicates === 2, DEADLINE_MS);
	const last = wireTicket();
	await world.publish(last);
	await eventually(
		() => world.answersOf(last.ticket_id).length === 1,
		DEADLINE_MS,
	);
	assert.equal(world.answersOf(once.ticket_id).length, 1);
	assert.equal(world.answersOf(other.ticket_id).length, 0);
	assert.equal(agents.stats().ignored, 1);
});

test("startAgents: a ticket that waits for a dependency behind it in the partition blocks nothing", async (t) => {
	const world = await openAgentWorld(t);
	const agents = await world.start({ settings: { concurrency: 1 } });
	const before = wireTicket();
	const after = wireTicket({ dependencies: [before.ticket_id] });
	await world.publish(after);
	await eventually(() => agents.stats().waiting === 1, DEADLINE_MS);
	await world.publish(before);
	await eventually(
		() => world.answersOf(before.ticket_id).length === 1,
		DEADLINE_MS,
	);
	assert.equal(world.answersOf(after.ticket_id).length, 0);
	world.statuses.set(before.ticket_id, { status: "COMPLETED" });
	await eventually(
		() => world.answersOf(after.ticket_id).length === 1,
		DEADLINE_MS,
	);
});

test("startAgents: a dependency that finally failed fails the ticket, with its reason", async (t) => {
	const world = await openAgentWorld(t);
	await world.start();
	const before = wireTicket();
	world.statuses.set(before.ticket_id, {
		status: "FAILED",
		error_message: "no disk",
	});
	const after = wireTicket({ dependencies: [before.ticket_id] });
	await world.publish(after);
	const [answer] = await eventually(() => {
		const answers = world.answersOf(after.ticket_id);
		return answers.length > 0 && answers;
	}, DEADLINE_MS);
	assert.equal(answer?.status, "FAILED");
	assert.equal(
		answer?.error_message,
		`dependency ${before.ticket_id} is FAILED: no disk`,
	);
});

test("startAgents: under V2 nobody is asked, dependencies are done", async (t) => {
	const world = await openAgentWorld(t);
	await world.start();
	const metadata = { orchestrator_version: "V2" };
	const ticket = wireTicket({ dependencies: ["unknown"], metadata });
	await world.publish(ticket);
	await eventually(
		() => world.answersOf(ticket.ticket_id).length === 1,
		DEADLINE_MS,
	);
});

test("startAgents: what it cannot do is a dead letter with the ticket and the reason; the next is done", async (t) => {
	const world = await openAgentWorld(t);
	const agents = await world.start();
	const unknown = wireTicket({ task_type: "PAINT", extra: { kept: true } });
	const told = wireTicket({ parameters: { simulate: "dead-letter" } });
	const good = wireTicket();
	const noise = Buffer.from([0xff, 0x00, 0x7b]);
	await world.publish(noise, ["no", "ticket"], unknown, told, good);
	await eventually(() => world.seen.dead.length === 4, DEADLINE_MS);
	await eventually(
		() => world.answersOf(good.ticket_id).length === 1,
		DEADLINE_MS,
	);
	const types = world.seen.dead.map(({ body }) => body.dlq_metadata.error_type);
	assert.deepEqual(types.sort(), [
		"MALFORMED_TICKET",
		"SIMULATED",
		"UNDECODABLE",
		"UNKNOWN_TASK_TYPE",
	]);
	const dead = world.seen.dead.find(({ key }) => key === unknown.ticket_id);
	const { dlq_metadata: _, ...ticket } = dead?.body ?? {};
	assert.deepEqual(ticket, unknown);
	assert.equal(agents.stats().deadLettered, 4);
});

test("startAgents: tickets say how they are to turn out", async (t) => {
	const world = await openAgentWorld(t);
	const agents = await world.start();
	const fails = wireTicket({ parameters: { simulate: "fail" } });
	const silent = wireTicket({ parameters: { simulate: "silent" } });
	const twice = wireTicket({ parameters: { simulate: "twice" } });
	const failsOnce = { simulate_fail_attempts: "1" };
	const first = wireTicket({ parameters: failsOnce });
	const second = wireTicket({ parameters: failsOnce, retry_count: 1 });
	await world.publish(fails, silent, twice, first, second);
	await eventually(() => {
		const { completed, failed } = agents.stats();
		return completed === 2 && failed === 2;
	}, DEADLINE_MS);
	await eventually(
		() => world.answersOf(twice.ticket_id).length === 2,
		DEADLINE_MS,
	);
	const statusesOf = (ticket: { ticket_id: string }) =>
		world.answersOf(ticket.ticket_id).map(({ status }) => status);
	assert.deepEqual(statusesOf(fails), ["FAILED"]);
	assert.deepEqual(statusesOf(silent), []);
	assert.deepEqual(statusesOf(twice), ["COMPLETED", "COMPLETED"]);
	assert.deepEqual(statusesOf(first), ["FAILED"]);
	assert.deepEqual(statusesOf(second), ["COMPLETED"]);
});

test("startAgents: an execution beyond 1.5 times its time-out fails", async (t) => {
	const world = await openAgentWorld(t);
	await world.start();
	const ticket = wireTicket({
		sla: { timeout_ms: 10, max_retries: 0, deadline: 0 },
		parameters: { simulate_duration_ms: "600000" },
	});
	await world.publish(ticket);
	const [answer] = await eventually(() => {
		const answers = world.answersOf(ticket.ticket_id);
		return answers.length > 0 && answers;
	}, DEADLINE_MS);
	assert.equal(answer?.status, "FAILED");
	assert.equal(
		answer?.error_message,
		"timeout: the execution took longer than 15 ms",
	);
});

test("startAgents: retries inside an attempt when told to", async (t) => {
	const world = await openAgentWorld(t);
	let draws = 0;
	await world.start({
		// The first outcome drawn is a failure, the second is none.
		random: () => (draws++ < 2 ? 0 : 0.9),
		settings: { retries: "sla", failureRatio: 0.5 },
	});
	const ticket = wireTicket();
	await world.publish(ticket);
	const [answer] = await eventually(() => {
		const answers = world.answersOf(ticket.ticket_id);
		return answers.length > 0 && answers;
	}, DEADLINE_MS);
	assert.equal(answer?.status, "COMPLETED");
	assert.ok(draws >= 4, `${draws} draws`);
});
