import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	type Choice,
	type ChoiceRules,
	chooseWorkers,
	type Holdings,
	type TicketToPlace,
} from "../../../src/domain/scheduling/choose-workers.ts";
import type { SchedulableWorker } from "../../../src/domain/scheduling/eligibility.ts";
import { createWorkerIndex } from "../../../src/domain/scheduling/worker-index.ts";
import { workerOf as worker } from "../../support/workers.ts";

const rules: ChoiceRules = {
	affinity: {
		enabled: true,
		planWeight: 0.6,
		antiWeight: 0.3,
		intentWeight: 0.1,
		threshold: 3,
	},
	whenFull: "overflow",
};
const nothingHeld: Holdings = {
	held: new Map(),
	plan: new Map(),
	intent: new Map(),
	critical: new Map(),
};

function ticket(
	capabilities: string[] = [],
	facts: Partial<TicketToPlace> = {},
): TicketToPlace {
	return {
		needs: { capabilities, namespace: null, security_level: "INTERNAL" },
		priority: 0.5,
		isCritical: false,
		...facts,
	};
}

function choose(
	workers: SchedulableWorker[],
	tickets: TicketToPlace[],
	{
		holdings = nothingHeld,
		queueFactor = 2,
		whenFull = rules.whenFull,
	}: {
		holdings?: Holdings;
		queueFactor?: number;
		whenFull?: ChoiceRules["whenFull"];
	} = {},
): Choice[] {
	const index = createWorkerIndex(workers, queueFactor);
	return chooseWorkers(index, tickets, holdings, { ...rules, whenFull });
}

function idsOf(choices: readonly Choice[]): (string | null)[] {
	return choices.map(({ chosen }) => chosen?.agent_id ?? null);
}

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
	const decided = (
		workers: SchedulableWorker[],
		holdings: Partial<Holdings> = {},
	) =>
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
		worker("held-back", { capabilities: ["deploy"], paused: { share: 0 } }),
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
	const back = worker("back", { slots: 10, paused: { share: 0.25 } });
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

const capability = fc.constantFrom("a", "b", "c", "d");
const anyWorker = fc.record({
	capabilities: fc.array(capability, { maxLength: 4 }),
	namespace: fc.constantFrom("default", "other"),
	security_level: fc.constantFrom("PUBLIC", "INTERNAL", "RESTRICTED", "odd"),
	status: fc.constantFrom("HEALTHY" as const, "DEGRADED", "UNHEALTHY"),
	slots: fc.integer({ min: 1, max: 4 }),
	telemetry: fc.option(
		fc.record({
			success_rate: fc.double({ min: 0, max: 1, noNaN: true }),
			avg_duration_ms: fc.nat(10_000),
			total_executions: fc.nat(2_000),
		}),
	),
	paused: fc.option(
		fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }) }),
	),
});
const anyTicket = fc.record({
	needs: fc.record({
		capabilities: fc.uniqueArray(capability, { maxLength: 2 }),
		namespace: fc.option(fc.constantFrom("default", "other")),
		security_level: fc.constantFrom("PUBLIC", "INTERNAL", "RESTRICTED"),
	}),
	priority: fc.double({ min: 0, max: 1, noNaN: true }),
	isCritical: fc.boolean(),
});

test("chooseWorkers: whatever the input, no worker above its places, all needs met, the same answer again", () => {
	fc.assert(
		fc.property(
			fc.array(anyWorker, { maxLength: 12 }),
			fc.array(anyTicket, { maxLength: 60 }),
			fc.constantFrom("overflow" as const, "wait" as const),
			fc.double({ min: 1, max: 3, noNaN: true }),
			(facts, tickets, whenFull, queueFactor) => {
				const workers = facts.map((one, at) => worker(`w-${at}`, one));
				const options = { whenFull, queueFactor };
				const choices = choose(workers, tickets, options);
				assertFits(workers, tickets, choices);
				assertWithinPlaces(workers, choices, { whenFull, queueFactor });
				const again = choose(workers.toReversed(), tickets, options);
				assert.deepEqual(idsOf(again), idsOf(choices));
			},
		),
	);
});

function assertFits(
	workers: readonly SchedulableWorker[],
	tickets: readonly TicketToPlace[],
	choices: readonly Choice[],
): void {
	choices.forEach((choice, at) => {
		const { needs } = tickets[at] as TicketToPlace;
		const counted = Object.values(choice.losses).reduce((a, b) => a + b, 0);
		if (choice.chosen !== null) assert.equal(counted, workers.length - 1);
		const chosen = workers.find(
			({ agent_id }) => agent_id === choice.chosen?.agent_id,
		);
		if (chosen === undefined) return;
		for (const needed of needs.capabilities)
			assert.ok(chosen.capabilities.includes(needed));
		assert.notEqual(chosen.status, "UNHEALTHY");
		if (needs.namespace !== null)
			assert.equal(chosen.namespace, needs.namespace);
		if (needs.security_level === "RESTRICTED")
			assert.equal(chosen.security_level, "RESTRICTED");
	});
}

function assertWithinPlaces(
	workers: readonly SchedulableWorker[],
	choices: readonly Choice[],
	{ whenFull, queueFactor }: { whenFull: string; queueFactor: number },
): void {
	for (const { agent_id, slots } of workers) {
		const given = choices.filter(
			({ chosen, overflow }) => chosen?.agent_id === agent_id && !overflow,
		);
		assert.ok(given.length <= Math.ceil(slots * queueFactor));
	}
	if (whenFull === "wait")
		assert.ok(choices.every(({ chosen, overflow }) => !(chosen && overflow)));
}
