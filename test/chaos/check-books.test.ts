import assert from "node:assert/strict";
import { test } from "node:test";
import type { Books, FindingKind } from "./books.ts";
import { checkBooks } from "./check-books.ts";
import { soundBooks } from "./sound-books.ts";

/** Books as their reader may spoil them: nothing is read-only. */
type Open<T> = T extends object
	? { -readonly [Key in keyof T]: Open<T[Key]> }
	: T;

interface Case {
	name: string;
	spoil(books: Open<Books>): void;
	kind: FindingKind;
}

const find = <T>(items: T[], is: (item: T) => boolean): T => {
	const found = items.find(is);
	assert.ok(found !== undefined, "the books have what is to be spoiled");
	return found;
};
const remove = <T>(items: T[], is: (item: T) => boolean): void => {
	items.splice(items.indexOf(find(items, is)), 1);
};
const double = <T>(items: T[], is: (item: T) => boolean): void => {
	items.push(structuredClone(find(items, is)));
};
const swap = <K extends string>(
	one: Record<K, unknown>,
	other: Record<K, unknown>,
	key: K,
): void => {
	[one[key], other[key]] = [other[key], one[key]];
};

const removed: Case[] = [
	{
		name: "a decision that never was on its topic",
		spoil: ({ decisions }) =>
			remove(decisions, ({ subject }) => subject === "good"),
		kind: "lost",
	},
	{
		name: "a plan that never ran",
		spoil: ({ workflows }) =>
			remove(workflows, ({ workflowId }) => workflowId === "orch-good"),
		kind: "lost",
	},
	{
		name: "a reject that nobody recorded",
		spoil: ({ workflows }) =>
			remove(workflows, ({ workflowId }) => workflowId === "decision-d-no"),
		kind: "lost",
	},
	{
		name: "a malformed message without its dead letter",
		spoil: ({ deadLetters }) => remove(deadLetters, () => true),
		kind: "lost",
	},
	{
		name: "a ticket that is not on its topic",
		spoil: ({ tickets }) =>
			remove(tickets, ({ wireId }) => wireId === "good-b"),
		kind: "lost",
	},
	{
		name: "a task without a ticket",
		spoil: ({ workflows }) =>
			remove(
				find(workflows, (one) => one.workflowId === "orch-good").tickets,
				({ task_id }) => task_id === "a",
			),
		kind: "lost",
	},
	{
		name: "a result that left no trace in its plan",
		spoil: ({ store }) => {
			find(store.attempts, (one) => one.ticket_id === "good-a").result_source =
				null;
		},
		kind: "lost",
	},
	{
		name: "a plan without a document",
		spoil: ({ store }) =>
			remove(store.plans, ({ plan_id }) => plan_id === "good"),
		kind: "lost",
	},
	{
		name: "a ticket without a document",
		spoil: ({ store }) =>
			remove(store.tickets, ({ ticket_id }) => ticket_id === "good-a"),
		kind: "lost",
	},
	{
		name: "a plan that REST does not know",
		spoil: ({ rest }) => {
			rest.good = { plan: null, tickets: [] };
		},
		kind: "lost",
	},
	{
		name: "a plan without a telemetry frame",
		spoil: ({ frames }) => remove(frames, () => true),
		kind: "lost",
	},
	{
		name: "a failed plan without an incident",
		spoil: ({ incidents }) => remove(incidents, () => true),
		kind: "lost",
	},
	...(["validations", "results", "decisions"] as const).map(
		(name): Case => ({
			name: `a gap in the audit trail: ${name}`,
			spoil: ({ store }) => remove(store[name], () => true),
			kind: "audit",
		}),
	),
	{
		name: "an attempt without a document",
		spoil: ({ store }) =>
			remove(store.attempts, ({ ticket_id }) => ticket_id === "good-a"),
		kind: "audit",
	},
	{
		name: "a ticket that was not undone",
		spoil: ({ workflows }) =>
			remove(
				find(workflows, (one) => one.workflowId === "orch-bad").tickets,
				({ task_id }) => task_id === "undo-a",
			),
		kind: "compensation",
	},
];

const doubled: Case[] = [
	{
		name: "a plan that ran twice",
		spoil: ({ workflows }) =>
			find(workflows, (one) => one.workflowId === "orch-good").chains.push(
				"another",
			),
		kind: "doubled",
	},
	{
		name: "a plan that is a dead letter too",
		spoil: ({ deadLetters, decisions }) => {
			const { topic, partition, offset } = find(
				decisions,
				({ subject }) => subject === "good",
			);
			const source = { topic, partition, offset };
			deadLetters.push({ topic: `${topic}.dlq`, reason: "ODD", source });
		},
		kind: "doubled",
	},
	{
		name: "a dead letter that is there twice",
		spoil: ({ deadLetters }) => double(deadLetters, () => true),
		kind: "doubled",
	},
	{
		name: "an attempt that was published twice",
		spoil: ({ tickets }) =>
			double(tickets, ({ wireId }) => wireId === "good-a"),
		kind: "doubled",
	},
	{
		name: "one attempt under two ids",
		spoil: ({ tickets }) => {
			double(tickets, ({ wireId }) => wireId === "good-a");
			const copy = tickets.at(-1);
			if (copy !== undefined) copy.wireId = "good-other";
		},
		kind: "doubled",
	},
	{
		name: "a ticket that was answered twice",
		spoil: ({ results }) =>
			double(results, ({ wireId }) => wireId === "good-a"),
		kind: "doubled",
	},
	{
		name: "a plan with a second telemetry frame",
		spoil: ({ frames }) => {
			double(frames, ({ planId }) => planId === "good");
			const copy = frames.at(-1);
			if (copy !== undefined) copy.id = "another";
		},
		kind: "doubled",
	},
	{
		name: "a task with two tickets",
		spoil: ({ workflows }) =>
			double(
				find(workflows, (one) => one.workflowId === "orch-good").tickets,
				({ task_id }) => task_id === "a",
			),
		kind: "doubled",
	},
	{
		name: "a document of the audit trail that is there twice",
		spoil: ({ store }) => double(store.validations, () => true),
		kind: "audit",
	},
	{
		name: "a ticket that was undone twice",
		spoil: ({ workflows }) =>
			double(
				find(workflows, (one) => one.workflowId === "orch-bad").tickets,
				({ task_id }) => task_id === "undo-a",
			),
		kind: "compensation",
	},
];

const swapped: Case[] = [
	{
		name: "a ticket before the one it depends on",
		spoil: ({ tickets }) => {
			const [a, b] = tickets;
			if (a && b) swap(a, b, "atMs");
		},
		kind: "order",
	},
	{
		name: "compensations in the wrong order",
		spoil: ({ tickets }) =>
			swap(
				find(tickets, ({ wireId }) => wireId === "bad-undo-a"),
				find(tickets, ({ wireId }) => wireId === "bad-undo-b"),
				"atMs",
			),
		kind: "order",
	},
	{
		name: "two plans' statuses in MongoDB",
		spoil: ({ store }) => {
			const [good, bad] = store.plans;
			if (good && bad) swap(good, bad, "status");
		},
		kind: "disagreement",
	},
	{
		name: "two tickets' outcomes in REST",
		spoil: ({ rest }) => {
			const good = rest.good?.tickets[0];
			const bad = rest.bad?.tickets[0];
			if (good && bad) swap(good, bad, "outcome");
		},
		kind: "disagreement",
	},
	{
		name: "what was undone and what was not",
		spoil: ({ workflows }) => {
			const undo = find(
				find(workflows, (one) => one.workflowId === "orch-bad").tickets,
				({ task_id }) => task_id === "undo-a",
			);
			undo.parameters.original_ticket_id = "good-a";
		},
		kind: "compensation",
	},
];

const others: Case[] = [
	{
		name: "a ticket that failed for no reason of its own",
		spoil: ({ workflows }) => {
			const { tickets } = find(
				workflows,
				(one) => one.workflowId === "orch-good",
			);
			find(tickets, (one) => one.task_id === "b").outcome = "timed_out";
		},
		kind: "failure",
	},
	{
		name: "a run that is still open",
		spoil: ({ workflows }) => {
			find(workflows, (one) => one.workflowId === "orch-good").closedAs =
				"RUNNING";
		},
		kind: "failure",
	},
	{
		name: "memory that does not come back",
		spoil: ({ vitals }) => {
			for (const pair of vitals) pair.after = { ...pair.after, heapMb: 500 };
		},
		kind: "leak",
	},
	{
		name: "sockets that stay open",
		spoil: ({ vitals }) => {
			for (const pair of vitals)
				pair.after = { ...pair.after, resources: { TCPSocketWrap: 90 } };
		},
		kind: "leak",
	},
	{
		name: "a process that ended by itself",
		spoil: ({ troubles }) => {
			troubles.push("worker-1 ended by itself");
		},
		kind: "trouble",
	},
];

test("checkBooks: sound books have no findings", () => {
	assert.deepEqual(checkBooks(soundBooks()), []);
});

const cases = { removed, doubled, swapped, others };
for (const [how, own] of Object.entries(cases))
	for (const { name, spoil, kind } of own)
		test(`checkBooks: ${how}: ${name}`, () => {
			const books = soundBooks() as Open<Books>;
			spoil(books);
			const kinds = checkBooks(books as Books).map((finding) => finding.kind);
			assert.ok(kinds.includes(kind), `found ${kinds.join(", ") || "nothing"}`);
		});

test("checkBooks: after a killed producer the same attempt may be there again, but not be answered again", () => {
	const books = soundBooks() as Open<Books>;
	books.terms = { repeats: true, reexecution: false };
	double(books.tickets, ({ wireId }) => wireId === "good-a");
	assert.deepEqual(checkBooks(books as Books), []);
	double(books.results, ({ wireId }) => wireId === "good-a");
	assert.deepEqual(
		checkBooks(books as Books).map(({ kind }) => kind),
		["doubled"],
	);
});
