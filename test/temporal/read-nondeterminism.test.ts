import assert from "node:assert/strict";
import { test } from "node:test";
import { readNondeterminism } from "../../src/temporal/read-nondeterminism.ts";

const events = [
	{ eventId: 9, timerStartedEventAttributes: { timerId: "3" } },
	{
		eventId: 12,
		activityTaskScheduledEventAttributes: {
			activityType: { name: "publishTickets" },
		},
	},
];
const said = (message: string) =>
	`Replay failed. Details: Failure { failure: Some(Failure { message: "${message}", source: "" }) }`;

const cases = [
	{
		name: "another command than was recorded",
		text: said(
			"[TMPRL1100] Nondeterminism error: Timer machine does not handle this event: HistoryEvent(id: 12, ActivityTaskScheduled)",
		),
		expected: {
			event_id: 12,
			recorded: "ActivityTaskScheduled publishTickets",
			code: "Timer",
		},
	},
	{
		name: "no command where one was recorded",
		text: said(
			"[TMPRL1100] No command scheduled for event HistoryEvent(id: 9, TimerStarted)",
		),
		expected: { event_id: 9, recorded: "TimerStarted 3", code: "nothing" },
	},
	{
		name: "a workflow that today's code lacks",
		text: said('Failed to initialize workflow of type \\"old\\"'),
		expected: { event_id: null, recorded: null, code: null },
	},
];

for (const { name, text, expected } of cases)
	test(`readNondeterminism: ${name}`, () => {
		const { message, ...nondeterminism } = readNondeterminism(text, events);
		assert.deepEqual(nondeterminism, expected);
		assert.doesNotMatch(message, /Details|Failure/);
	});

test("readNondeterminism: words it does not know are handed on as they are", () =>
	assert.deepEqual(readNondeterminism("something else", events), {
		event_id: null,
		recorded: null,
		code: null,
		message: "something else",
	}));
