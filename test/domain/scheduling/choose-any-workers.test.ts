import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type {
	Choice,
	TicketToPlace,
} from "../../../src/domain/scheduling/choose-workers.ts";
import type { SchedulableWorker } from "../../../src/domain/scheduling/eligibility.ts";
import { choose, idsOf } from "../../support/choices.ts";
import { pausedTo, workerOf as worker } from "../../support/workers.ts";

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
	paused: fc.option(fc.double({ min: 0, max: 1, noNaN: true }).map(pausedTo)),
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
