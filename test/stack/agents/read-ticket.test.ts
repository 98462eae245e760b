import assert from "node:assert/strict";
import { test } from "node:test";
import {
	readTicket,
	type TicketReading,
} from "../../../stack/agents/read-ticket.ts";

const minimal = {
	ticket_id: "t-1",
	task_id: "a",
	task_type: "BUILD",
	status: "PENDING",
	dependencies: [],
};

function work(body: object) {
	const reading = readTicket(body);
	assert.equal(reading.kind, "work");
	return (reading as Extract<TicketReading, { kind: "work" }>).ticket;
}

test("readTicket: five fields are enough", () => {
	const ticket = work(minimal);
	assert.equal(ticket.logicalId, "t-1");
	assert.equal(ticket.timeoutMs, 60_000);
	assert.equal(ticket.retryCount, 0);
	assert.deepEqual(ticket.parameters, {});
});

test("readTicket: the task type is taken in any case", () => {
	assert.equal(work({ ...minimal, task_type: "deploy" }).taskType, "DEPLOY");
});

test("readTicket: dependants know the ticket by its logical id", () => {
	const metadata = { logical_ticket_id: "t-0", orchestrator_version: "V1" };
	const ticket = work({ ...minimal, metadata });
	assert.equal(ticket.logicalId, "t-0");
	assert.equal(ticket.orchestratorVersion, "V1");
});

test("readTicket: numbers beyond 2^53 are read", () => {
	const sla = { timeout_ms: 5_000n, max_retries: 2, deadline: 2n ** 60n };
	assert.equal(work({ ...minimal, sla }).timeoutMs, 5_000);
});

test("readTicket: only PENDING is work", () => {
	const reading = readTicket({ ...minimal, status: "RUNNING" });
	assert.deepEqual(reading, {
		kind: "not-pending",
		ticketId: "t-1",
		status: "RUNNING",
	});
});

const malformed: {
	name: string;
	body: unknown;
	ticketId: string | null;
	errorType: string;
	says: RegExp;
}[] = [
	{
		name: "text",
		body: "ticket",
		ticketId: null,
		errorType: "MALFORMED_TICKET",
		says: /no JSON object/,
	},
	{
		name: "no ticket id",
		body: { ...minimal, ticket_id: "" },
		ticketId: null,
		errorType: "MALFORMED_TICKET",
		says: /lacks ticket_id/,
	},
	{
		name: "several fields missing are named together",
		body: { ticket_id: "t-1", task_id: "a" },
		ticketId: "t-1",
		errorType: "MALFORMED_TICKET",
		says: /lacks task_type, status, dependencies/,
	},
	{
		name: "dependencies that are no texts",
		body: { ...minimal, dependencies: [1] },
		ticketId: "t-1",
		errorType: "MALFORMED_TICKET",
		says: /lacks dependencies/,
	},
	{
		name: "unknown task type",
		body: { ...minimal, task_type: "code_generation" },
		ticketId: "t-1",
		errorType: "UNKNOWN_TASK_TYPE",
		says: /"code_generation" is unknown/,
	},
];

for (const { name, body, ticketId, errorType, says } of malformed) {
	test(`readTicket: malformed: ${name}`, () => {
		const reading = readTicket(body);
		assert.ok(reading.kind === "malformed");
		assert.equal(reading.ticketId, ticketId);
		assert.equal(reading.errorType, errorType);
		assert.match(reading.problem, says);
		assert.equal(reading.body, body);
	});
}
