import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type Behaviour,
	chooseBehaviour,
} from "../../../stack/agents/choose-behaviour.ts";
import { agentTicket } from "./support/agent-ticket.ts";

const settings = {
	durationMs: { min: 100, max: 300 },
	failureRatio: 0.25,
	slowdown: 1,
};
const ordinary = {
	kind: "answer",
	durationMs: 200,
	succeeds: true,
	copies: 1,
	holdBackMs: 0,
};

const cases: {
	name: string;
	parameters?: Record<string, string>;
	retryCount?: number;
	random?: number;
	expected: Partial<Extract<Behaviour, { kind: "answer" }>> | Behaviour;
}[] = [
	{ name: "duration is drawn from the range", expected: {} },
	{
		name: "failure is drawn by ratio",
		random: 0,
		expected: { durationMs: 100, succeeds: false },
	},
	{
		name: "the ticket's duration counts before the range",
		parameters: { simulate_duration_ms: "7" },
		expected: { durationMs: 7 },
	},
	{
		name: "a duration that is no number is not taken",
		parameters: { simulate_duration_ms: "soon" },
		expected: {},
	},
	{
		name: "fail fails every attempt",
		parameters: { simulate: "fail" },
		retryCount: 5,
		expected: { succeeds: false },
	},
	{
		name: "fail attempts: the first of one fails",
		parameters: { simulate_fail_attempts: "1" },
		expected: { succeeds: false },
	},
	{
		name: "fail attempts: the second succeeds whatever the ratio",
		parameters: { simulate_fail_attempts: "1" },
		retryCount: 1,
		random: 0,
		expected: { durationMs: 100, succeeds: true },
	},
	{
		name: "silent",
		parameters: { simulate: "silent" },
		expected: { kind: "silent" },
	},
	{
		name: "silent for one attempt only",
		parameters: { simulate: "silent", simulate_attempts: "1" },
		retryCount: 1,
		expected: {},
	},
	{
		name: "dead letter",
		parameters: { simulate: "dead-letter" },
		expected: { kind: "dead-letter" },
	},
	{
		name: "twice",
		parameters: { simulate: "twice" },
		expected: { copies: 2 },
	},
	{
		name: "late, by twice the time-out unless told",
		parameters: { simulate: "late" },
		expected: { holdBackMs: 2_000 },
	},
	{
		name: "late by so much",
		parameters: { simulate: "late", simulate_late_ms: "30" },
		expected: { holdBackMs: 30 },
	},
	{
		name: "an unknown word changes nothing",
		parameters: { simulate: "dance" },
		expected: {},
	},
];

for (const { name, expected, random = 0.5, ...spec } of cases) {
	test(`chooseBehaviour: ${name}`, () => {
		const ticket = agentTicket({ timeoutMs: 1_000, ...spec });
		const behaviour = chooseBehaviour(ticket, settings, () => random);
		const isOther = "kind" in expected && expected.kind !== "answer";
		const whole = isOther ? expected : { ...ordinary, ...expected };
		assert.deepEqual(behaviour, whole);
	});
}
