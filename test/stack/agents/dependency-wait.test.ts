import assert from "node:assert/strict";
import { test } from "node:test";
import { createDependencyWait } from "../../../stack/agents/dependency-wait.ts";
import type { TicketStatus } from "../../../stack/agents/ticket-api.ts";

const open = { kind: "open", reason: "is RUNNING" } as const;
const completed = { kind: "completed" } as const;

/** Answers from a table; counts the questions and the most that were open at the same time. */
function tableApi(table: Map<string, TicketStatus>) {
	const api = {
		questions: 0,
		most: 0,
		open: 0,
		async status(ticketId: string) {
			api.questions += 1;
			api.open += 1;
			api.most = Math.max(api.most, api.open);
			await new Promise(setImmediate);
			api.open -= 1;
			return table.get(ticketId) ?? open;
		},
	};
	return api;
}

function waitWith(
	t: { after(close: () => void): void },
	table: Map<string, TicketStatus>,
	waitMaxMs = 60_000,
) {
	const api = tableApi(table);
	const dependencies = createDependencyWait({
		api,
		pollMs: 1,
		pollMaxMs: 5,
		waitMaxMs,
	});
	t.after(dependencies.close);
	return { api, dependencies };
}

const { signal } = new AbortController();

test("createDependencyWait: no dependencies, no question", async (t) => {
	const { api, dependencies } = waitWith(t, new Map());
	assert.deepEqual(await dependencies.wait([], signal), completed);
	assert.equal(api.questions, 0);
});

test("createDependencyWait: asks until all have completed", async (t) => {
	const table = new Map<string, TicketStatus>([["a", completed]]);
	const { api, dependencies } = waitWith(t, table);
	const waiting = dependencies.wait(["a", "b"], signal);
	while (api.questions < 5) await new Promise(setImmediate);
	table.set("b", completed);
	assert.deepEqual(await waiting, completed);
});

test("createDependencyWait: a failure ends the wait while others are open", async (t) => {
	const table = new Map<string, TicketStatus>([
		["b", { kind: "failed", message: "is FAILED: broken" }],
	]);
	const { dependencies } = waitWith(t, table);
	assert.deepEqual(await dependencies.wait(["a", "b", "c"], signal), {
		kind: "failed",
		ticketId: "b",
		message: "is FAILED: broken",
	});
});

test("createDependencyWait: a fan-in of 200 asks once per ticket, 8 at a time, and never again", async (t) => {
	const ids = Array.from({ length: 200 }, (_, at) => `t-${at}`);
	const table = new Map<string, TicketStatus>(ids.map((id) => [id, completed]));
	const { api, dependencies } = waitWith(t, table);
	await dependencies.wait(ids, signal);
	await dependencies.wait(ids, signal);
	assert.equal(api.questions, 200);
	assert.equal(api.most, 8);
});

test("createDependencyWait: 200 tickets that wait for one ask as one", async (t) => {
	const table = new Map<string, TicketStatus>();
	const { api, dependencies } = waitWith(t, table);
	const waiting = Array.from({ length: 200 }, () =>
		dependencies.wait(["root"], signal),
	);
	while (api.questions < 2) await new Promise(setImmediate);
	table.set("root", completed);
	await Promise.all(waiting);
	assert.equal(api.most, 1);
});

test("createDependencyWait: a hint asks at once", async (t) => {
	const table = new Map<string, TicketStatus>();
	const api = tableApi(table);
	const hourMs = 3_600_000;
	const dependencies = createDependencyWait({
		api,
		pollMs: hourMs,
		pollMaxMs: hourMs,
		waitMaxMs: hourMs,
	});
	t.after(dependencies.close);
	const waiting = dependencies.wait(["a"], signal);
	while (api.questions < 1 || api.open > 0) await new Promise(setImmediate);
	table.set("a", completed);
	dependencies.hint("a");
	assert.deepEqual(await waiting, completed);
	assert.equal(api.questions, 2);
});

test("createDependencyWait: gives up in the end", async (t) => {
	const { dependencies } = waitWith(t, new Map(), 20);
	const outcome = await dependencies.wait(["gone"], signal);
	assert.ok(outcome.kind === "failed");
	assert.match(outcome.message, /not finished after 20 ms/);
});

test("createDependencyWait: one that is aborted leaves the others waiting", async (t) => {
	const table = new Map<string, TicketStatus>();
	const { dependencies } = waitWith(t, table);
	const stop = new AbortController();
	const aborted = dependencies.wait(["a"], stop.signal);
	const waiting = dependencies.wait(["a"], signal);
	stop.abort();
	await assert.rejects(aborted, { name: "AbortError" });
	table.set("a", completed);
	assert.deepEqual(await waiting, completed);
});

test("createDependencyWait: many open tickets are asked about rarely, a hinted one soon", async (t) => {
	const ids = Array.from({ length: 3_000 }, (_, at) => `t-${at}`);
	const table = new Map<string, TicketStatus>();
	const { api, dependencies } = waitWith(t, table);
	const stop = new AbortController();
	const others = ids.map((id) =>
		dependencies.wait([id], stop.signal).catch(() => "stopped"),
	);
	while (api.questions < ids.length) await new Promise(setImmediate);
	const waiting = dependencies.wait(["t-0"], signal);
	dependencies.hint("t-0");
	// The first question after the hint is too early: the next ones follow at once.
	while (api.questions < ids.length + 2) await new Promise(setImmediate);
	table.set("t-0", completed);
	assert.deepEqual(await waiting, completed);
	// At 5 ms a ticket the others' turn comes after 15 s.
	assert.ok(api.questions < 2 * ids.length, `${api.questions} questions`);
	stop.abort();
	await Promise.all(others);
});
