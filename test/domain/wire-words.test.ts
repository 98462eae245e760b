import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	securityLevels,
	taskTypes,
	ticketPriorities,
} from "../../schemas/execution-ticket.ts";
import {
	mapPriority,
	mapSecurityLevel,
	mapTaskType,
} from "../../src/domain/wire-words.ts";

const types: [text: string, value: string][] = [
	["build", "BUILD"],
	[" Deploy ", "DEPLOY"],
	["query", "QUERY"],
	["transform", "TRANSFORM"],
	["validate", "VALIDATE"],
	["validate_legacy", "VALIDATE"],
	["review", "VALIDATE"],
	["analyze", "QUERY"],
	["code_generation", "EXECUTE"],
	["generate", "EXECUTE"],
	["", "EXECUTE"],
	["constructor", "EXECUTE"],
	["__proto__", "EXECUTE"],
	["sing a song", "EXECUTE"],
];

for (const [text, value] of types)
	test(`mapTaskType: ${JSON.stringify(text)} is ${value}, and a note says so`, () =>
		assert.deepEqual(mapTaskType(text), {
			value,
			note: `task_type: ${text} -> ${value}`,
		}));

test("wire words: a word of the wire stays and needs no note", () => {
	for (const value of taskTypes)
		assert.deepEqual(mapTaskType(value), { value });
	for (const value of ticketPriorities)
		assert.deepEqual(mapPriority(value), { value });
	for (const value of securityLevels)
		assert.deepEqual(mapSecurityLevel(value), { value });
});

test("mapPriority: absent is NORMAL, words of the field are known, others are NORMAL", () => {
	assert.deepEqual(mapPriority(""), { value: "NORMAL" });
	assert.deepEqual(mapPriority(undefined), { value: "NORMAL" });
	assert.equal(mapPriority("medium").value, "NORMAL");
	assert.equal(mapPriority("urgent").value, "CRITICAL");
	assert.deepEqual(mapPriority("5"), {
		value: "NORMAL",
		note: "priority: 5 -> NORMAL",
	});
});

test("mapSecurityLevel: absent is INTERNAL, an unknown word is the strictest level", () => {
	assert.deepEqual(mapSecurityLevel(""), { value: "INTERNAL" });
	assert.equal(mapSecurityLevel("public").value, "PUBLIC");
	assert.deepEqual(mapSecurityLevel("top secret"), {
		value: "RESTRICTED",
		note: "security_level: top secret -> RESTRICTED",
	});
});

test("wire words: a note stays small, however long the text", () => {
	const { note } = mapPriority("x".repeat(500_000));
	assert.ok((note?.length ?? 0) < 120);
});

test("wire words: whatever the text, the wire knows the word", () =>
	fc.assert(
		fc.property(fc.string(), (text) => {
			assert.ok(taskTypes.includes(mapTaskType(text).value));
			assert.ok(ticketPriorities.includes(mapPriority(text).value));
			assert.ok(securityLevels.includes(mapSecurityLevel(text).value));
		}),
	));
