import assert from "node:assert/strict";
import { test } from "node:test";
import { createRoundRobin } from "../../src/scheduling/round-robin.ts";
import { pausedTo, workerOf } from "../support/workers.ts";

const needs = (...capabilities: string[]) => ({
	...{ capabilities, namespace: null, security_level: "INTERNAL" },
});

const workers = [
	workerOf("a-1", { capabilities: ["build"] }),
	workerOf("a-2", { capabilities: ["build", "deploy"] }),
	workerOf("a-3", { capabilities: ["deploy"] }),
	workerOf("a-4"),
];

test("createRoundRobin: everybody in turn", () => {
	const turns = createRoundRobin();
	const chosen = Array.from({ length: 5 }, () => turns.next(workers, needs()));
	assert.deepEqual(chosen, ["a-1", "a-2", "a-3", "a-4", "a-1"]);
	assert.equal(turns.next([], needs()), null);
});

test("createRoundRobin: workers that can do it come before others", () => {
	const turns = createRoundRobin();
	const chosen = [
		["build"],
		["build"],
		["deploy", "build"],
		["deploy"],
		["paint"],
	].map((capabilities) => turns.next(workers, needs(...capabilities)));
	assert.deepEqual(chosen, ["a-1", "a-2", "a-2", "a-3", "a-4"]);
});

test("createRoundRobin: nobody starves where capabilities alternate", () => {
	const known = ["b-1", "b-2", "d-1", "d-2"].map((id) =>
		workerOf(id, { capabilities: [id.startsWith("b") ? "build" : "deploy"] }),
	);
	const turns = createRoundRobin();
	const chosen = Array.from({ length: 20 }, (_, at) =>
		turns.next(known, needs(at % 2 === 0 ? "build" : "deploy")),
	);
	for (const { agent_id } of known)
		assert.equal(chosen.filter((one) => one === agent_id).length, 5, agent_id);
});

test("createRoundRobin: nothing for who has died or is held back", () => {
	const known = [
		workerOf("dead", { status: "UNHEALTHY" }),
		workerOf("held", { paused: pausedTo(0) }),
		workerOf("back", { paused: pausedTo(0.1) }),
	];
	const turns = createRoundRobin();
	assert.deepEqual(
		[1, 2].map(() => turns.next(known, needs())),
		["back", "back"],
	);
});

test("createRoundRobin: nothing for who may not have it, though nobody else is there", () => {
	const known = [
		workerOf("public", { security_level: "PUBLIC" }),
		workerOf("secret", { security_level: "RESTRICTED", namespace: "prod" }),
	];
	const turns = createRoundRobin();
	const chosen = [
		{ ...needs(), security_level: "RESTRICTED" },
		{ ...needs(), security_level: "RESTRICTED" },
		{ ...needs(), security_level: "PUBLIC", namespace: "prod" },
		{ ...needs(), security_level: "RESTRICTED", namespace: "dev" },
	].map((one) => turns.next(known, one));
	assert.deepEqual(chosen, ["secret", "secret", "secret", null]);
});
