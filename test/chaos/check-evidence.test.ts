import assert from "node:assert/strict";
import { test } from "node:test";
import { checkEvidence, countRepeats } from "./check-evidence.ts";
import type { Evidence } from "./evidence.ts";
import { removed } from "./removed-records.ts";
import { soundEvidence } from "./sound-evidence.ts";
import { type Case, double, find, type Open, swap } from "./spoil-evidence.ts";

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

test("checkEvidence: sound evidence has no findings", () => {
	assert.deepEqual(checkEvidence(soundEvidence()), []);
});

const cases = { removed, doubled, swapped, others };
for (const [how, own] of Object.entries(cases))
	for (const { name, spoil, kind } of own)
		test(`checkEvidence: ${how}: ${name}`, () => {
			const evidence = soundEvidence() as Open<Evidence>;
			spoil(evidence);
			const kinds = checkEvidence(evidence as Evidence).map(
				(finding) => finding.kind,
			);
			assert.ok(kinds.includes(kind), `found ${kinds.join(", ") || "nothing"}`);
		});

test("checkEvidence: after a killed producer the same attempt may be there again, but not be answered again", () => {
	const evidence = soundEvidence() as Open<Evidence>;
	evidence.terms = { repeats: true, reexecution: false };
	double(evidence.tickets, ({ wireId }) => wireId === "good-a");
	assert.deepEqual(checkEvidence(evidence as Evidence), []);
	double(evidence.results, ({ wireId }) => wireId === "good-a");
	assert.deepEqual(
		checkEvidence(evidence as Evidence).map(({ kind }) => kind),
		["doubled"],
	);
});

test("checkEvidence: what a frozen process publishes again under the same id is repeated, not doubled", () => {
	const evidence = soundEvidence() as Open<Evidence>;
	evidence.terms = { repeats: true, reexecution: true };
	double(evidence.tickets, ({ wireId }) => wireId === "good-a");
	double(evidence.frames, ({ planId }) => planId === "good");
	double(evidence.incidents, ({ planId }) => planId === "bad");
	assert.deepEqual(checkEvidence(evidence as Evidence), []);
	const repeats = countRepeats(evidence as Evidence);
	assert.deepEqual(repeats, {
		tickets: 1,
		frames: 1,
		incidents: 1,
		deadLetters: 0,
	});
	const again = evidence.frames.at(-1);
	if (again !== undefined) again.id = "another";
	assert.deepEqual(
		checkEvidence(evidence as Evidence).map(({ kind }) => kind),
		["doubled"],
	);
});
