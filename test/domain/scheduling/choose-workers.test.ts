import assert from "node:assert/strict";
import { test } from "node:test";
import type { Holdings } from "../../../src/domain/scheduling/choose-workers.ts";
import type { KnownWorker } from "../../../src/plans/worker-directory.ts";
import {
	choose,
	idsOf,
	nothingHeld,
	ticketOf as ticket,
} from "../../support/choices.ts";
import { pausedTo, workerOf as worker } from "../../support/workers.ts";

const measured = (
	success_rate: number,
	avg_duration_ms: number,
	total_executions: number,
) => ({ telemetry: { success_rate, avg_duration_ms, total_executions } });

test("chooseWorkers: the best of three, and what decided", () => {
	const [choice] = choose(
		[
			worker("w-1", measured(0.9, 1200, 50)),
			worker("w-2", measured(0.95, 800, 100)),
			worker("w-3", { status: "DEGRADED", ...measured(0.8, 1500, 30) }),
		],
		[ticket()],
	);
	assert.equal(choice?.chosen?.agent_id, "w-2");
	assert.deepEqual(
		choice?.best.map(({ agent_id }) => agent_id),
		["w-2", "w-1", "w-3"],
	);
	assert.equal(choice?.deciding_term, "load");
	assert.deepEqual(choice?.losses, { score: 2 });
	assert.equal(choice?.candidates, 3);
});

test("chooseWorkers: health, telemetry, affinity, tie, only one: each can decide", () => {
	const decided = (workers: KnownWorker[], holdings: Partial<Holdings> = {}) =>
		choose(workers, [ticket()], {
			holdings: { ...nothingHeld, ...holdings },
		}).flatMap((choice) => [choice.chosen?.agent_id, choice.deciding_term]);
	const [a, b] = [worker("a"), worker("b")];
	assert.deepEqual(decided([{ ...a, status: "DEGRADED" }, b]), ["b", "health"]);
	assert.deepEqual(
		decided([
			{ ...a, ...measured(0.5, 900, 900) },
			{ ...b, ...measured(0.9, 900, 900) },
		]),
		["b", "telemetry"],
	);
	assert.deepEqual(decided([a, b], { plan: new Map([["b", 2]]) }), [
		"b",
		"affinity",
	]);
	assert.deepEqual(decided([b, a]), ["a", "tie"]);
	assert.deepEqual(decided([a, b], { held: new Map([["a", 1]]) }), [
		"b",
		"tie",
	]);
	assert.deepEqual(decided([b]), ["b", "only_candidate"]);
});

test("chooseWorkers: the priority changes the ranking", () => {
	const workers = [
		worker("able", { slots: 10, ...measured(1, 500, 5_000) }),
		worker("idle", { slots: 10, status: "DEGRADED", ...measured(0.4, 500, 5) }),
	];
	const holdings = { ...nothingHeld, held: new Map([["able", 13]]) };
	const chosenFor = (priority: number) =>
		idsOf(choose(workers, [ticket([], { priority })], { holdings }))[0];
	assert.equal(chosenFor(0), "able");
	assert.equal(chosenFor(1), "idle");
});

test("chooseWorkers: capability, namespace, security level, status and pause exclude, and say so", () => {
	const workers = [
		worker("able", { capabilities: ["build", "deploy"] }),
		worker("no-deploy", { capabilities: ["build"] }),
		worker("elsewhere", { capabilities: ["deploy"], namespace: "other" }),
		worker("public", { capabilities: ["deploy"], security_level: "PUBLIC" }),
		worker("ill", { capabilities: ["deploy"], status: "UNHEALTHY" }),
		worker("held-back", { capabilities: ["deploy"], paused: pausedTo(0) }),
	];
	const needs = {
		capabilities: ["deploy"],
		namespace: "default",
		security_level: "INTERNAL",
	};
	const [choice] = choose(workers, [{ ...ticket(), needs }]);
	assert.equal(choice?.chosen?.agent_id, "able");
	assert.deepEqual(choice?.losses, {
		capability: 1,
		namespace: 1,
		security_level: 1,
		status: 1,
		paused: 1,
	});
	assert.equal(choice?.lost.length, 5);
	const restricted = { ...needs, security_level: "RESTRICTED" };
	const [nobody] = choose(workers, [{ ...ticket(), needs: restricted }]);
	assert.equal(nobody?.chosen, null);
	assert.equal(nobody?.candidates, 0);
});

test("chooseWorkers: a worker that comes back from a pause has a part of its places", () => {
	const back = worker("back", { slots: 10, paused: pausedTo(0.25) });
	const chosen = idsOf(
		choose(
			[back],
			Array.from({ length: 10 }, () => ticket()),
			{
				whenFull: "wait",
			},
		),
	);
	assert.equal(chosen.filter((id) => id === "back").length, 6);
});

test("chooseWorkers: 200 tickets fill the workers' places before one overflows, and the overflow is spread", () => {
	const workers = Array.from({ length: 8 }, (_, at) => worker(`w-${at}`));
	const choices = choose(
		workers,
		Array.from({ length: 200 }, () => ticket()),
	);
	const within = choices.filter(({ overflow }) => !overflow);
	assert.equal(within.length, 64);
	const counts = Map.groupBy(choices, ({ chosen }) => chosen?.agent_id);
	assert.deepEqual(
		[...counts.values()].map(({ length }) => length),
		Array.from({ length: 8 }, () => 25),
	);
});

test("chooseWorkers: with waiting nobody gets more than its places, and a slow worker does not get what a fast one ends sooner", () => {
	const fast = worker("fast", { slots: 1, ...measured(1, 100, 500) });
	const slow = worker("slow", { slots: 1, ...measured(1, 800, 500) });
	const tickets = Array.from({ length: 4 }, () => ticket());
	assert.deepEqual(idsOf(choose([fast, slow], tickets, { whenFull: "wait" })), [
		"fast",
		"fast",
		null,
		null,
	]);
	assert.deepEqual(idsOf(choose([fast, slow], tickets)), [
		"fast",
		"fast",
		"slow",
		"slow",
	]);
});

test("chooseWorkers: the most urgent of a chunk chooses first", () => {
	const workers = [worker("one", { slots: 1 })];
	const chosen = choose(
		workers,
		[0.2, 0.9, 0.5].map((priority) => ticket([], { priority })),
		{ queueFactor: 1, whenFull: "wait" },
	);
	assert.deepEqual(idsOf(chosen), [null, "one", null]);
});

test("chooseWorkers: a plan's tickets stay together, and critical ones apart", () => {
	const workers = Array.from({ length: 5 }, (_, at) =>
		worker(`w-${at}`, { slots: 10 }),
	);
	const together = idsOf(
		choose(
			workers,
			Array.from({ length: 10 }, () => ticket()),
		),
	);
	assert.equal(new Set(together).size, 1);
	const critical = Array.from({ length: 5 }, () =>
		ticket([], { isCritical: true }),
	);
	assert.ok(new Set(idsOf(choose(workers, critical))).size >= 2);
});

test("chooseWorkers: with predictive allocation a worker that would be late comes last, by its mean time and its queue", () => {
	const workers = [
		worker("able", { slots: 2, ...measured(1, 4_000, 5_000) }),
		worker("quick", { status: "DEGRADED", ...measured(0.5, 3_500, 5) }),
	];
	const chosenFor = (leftMs: number | undefined, held = 0) =>
		idsOf(
			choose(workers, [ticket([], leftMs === undefined ? {} : { leftMs })], {
				holdings: { ...nothingHeld, held: new Map([["able", held]]) },
			}),
		)[0];
	assert.equal(chosenFor(undefined), "able");
	assert.equal(chosenFor(5_000), "able");
	assert.equal(chosenFor(3_900), "quick");
	// It has both slots taken, so it ends after twice its mean time.
	assert.equal(chosenFor(9_000, 1), "able");
	assert.equal(chosenFor(7_000, 2), "quick");
	// All would be late: the better one.
	assert.equal(chosenFor(100), "able");
});

test("chooseWorkers: nobody of nobody, nobody of those who are not well, and the only one, as in the earlier service's cases", () => {
	const unwell = ["a", "b"].map((id) => worker(id, { status: "UNHEALTHY" }));
	assert.deepEqual(idsOf(choose([], [ticket()])), [null]);
	assert.deepEqual(idsOf(choose(unwell, [ticket()])), [null]);
	const only = worker("a", measured(0.95, 800, 100));
	const [choice] = choose([only], [ticket([], { priority: 0.7 })]);
	assert.ok((choice?.chosen?.composite_score ?? 0) > 0.7);
});

test("chooseWorkers: needs are looked up once in a view, in any order of capabilities, as in the earlier service's cases", () => {
	const needs = [["a", "b"], ["b", "a"], ["a"], ["a", "b"]];
	const choices = choose(
		[worker("w", { capabilities: ["a", "b"], slots: 9 })],
		needs.map((some) => ticket(some)),
	);
	assert.deepEqual(
		choices.map(({ isKnown }) => isKnown),
		[false, true, false, true],
	);
});
