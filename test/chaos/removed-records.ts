import { type Case, find, remove } from "./spoil-evidence.ts";

/** Records taken away, one kind after the other. */
export const removed: Case[] = [
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
