import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	lateChance,
	type MissQuestion,
	missChance,
	type Quantiles,
} from "../../../src/domain/prediction/miss-chance.ts";

const one: Quantiles = [5_000, 10_000, 20_000];
const ticketsOf = (...parents: number[][]): MissQuestion["tickets"] =>
	parents.map((own) => ({ quantiles: one, parents: own, ranMs: 0 }));
const ask = (tickets: MissQuestion["tickets"], leftMs: number) =>
	missChance({ seed: "p-1 4", tickets, leftMs });

test("missChance: one ticket misses its p90 one time in ten, and its p50 every other time", () => {
	const { chance, p10_ms, p50_ms, p90_ms } = ask(ticketsOf([]), 20_000);
	assert.ok(Math.abs(chance - 0.1) < 0.05, String(chance));
	assert.ok(Math.abs(ask(ticketsOf([]), 10_000).chance - 0.5) < 0.08);
	for (const [said, meant] of [
		[p10_ms, 5_000],
		[p50_ms, 10_000],
		[p90_ms, 20_000],
	] as const)
		assert.ok(Math.abs(said / meant - 1) < 0.15, `${said} ${meant}`);
});

test("missChance: a chain ends later than tickets side by side, and those later than one", () => {
	const single = ask(ticketsOf([]), 0).p50_ms;
	const beside = ask(ticketsOf([], [], []), 0).p50_ms;
	const chain = ask(ticketsOf([], [0], [1]), 0).p50_ms;
	assert.ok(single < beside && beside < chain, `${single} ${beside} ${chain}`);
});

test("missChance: what has run already has less to run; what ran beyond all we know is not about to end", () => {
	const rest = (ranMs: number) =>
		ask([{ quantiles: one, parents: [], ranMs }], 0).p50_ms;
	assert.ok(rest(8_000) < rest(0));
	assert.ok(rest(10_000_000) >= 10_000);
});

test("missChance: nothing left to run never misses a deadline to come, a deadline that has passed is missed", () => {
	assert.equal(ask([], 1).chance, 0);
	assert.equal(ask([], -1).chance, 1);
	assert.equal(ask(ticketsOf([]), -1).chance, 1);
});

test("missChance: the same question has the same answer, and more time is never worse", () => {
	const durations = fc.integer({ min: 1, max: 10 ** 7 });
	const tickets = fc
		.array(
			fc.tuple(
				durations,
				durations,
				durations,
				fc.nat(),
				fc.nat({ max: 10 ** 7 }),
			),
			{
				maxLength: 12,
			},
		)
		.map((rows) =>
			rows.map(([a, b, c, parent, ranMs], at) => {
				const [low = 1, middle = 1, high = 1] = [a, b, c].sort((x, y) => x - y);
				const quantiles: Quantiles = [low, middle, high];
				return { quantiles, parents: at === 0 ? [] : [parent % at], ranMs };
			}),
		);
	fc.assert(
		fc.property(
			tickets,
			fc.nat(10 ** 7),
			fc.nat(10 ** 7),
			(own, left, more) => {
				const { chance, p10_ms, p50_ms, p90_ms } = ask(own, left);
				assert.deepEqual(ask(own, left).chance, chance);
				assert.ok(chance >= ask(own, left + more).chance);
				assert.ok(p10_ms <= p50_ms && p50_ms <= p90_ms);
				assert.ok(Number.isFinite(p90_ms));
			},
		),
		{ numRuns: 30 },
	);
});

test("lateChance: what draws of one ticket come to, whatever it has run already", () => {
	const durations = fc.integer({ min: 1, max: 10 ** 6 });
	fc.assert(
		fc.property(
			fc.tuple(durations, durations, durations),
			fc.double({ min: 0, max: 2, noNaN: true }),
			fc.double({ min: 0, max: 3, noNaN: true }),
			(known, ranRatio, leftRatio) => {
				const [low = 1, middle = 1, high = 1] = known.toSorted((x, y) => x - y);
				const quantiles: Quantiles = [low, middle, high];
				const ranMs = Math.round(ranRatio * high);
				const leftMs = Math.round(leftRatio * high);
				const tickets = [{ quantiles, parents: [], ranMs }];
				const turns = Array.from({ length: 8 }, (_, turn) =>
					missChance({ seed: `${known} ${turn}`, tickets, leftMs }),
				);
				const chance = turns.reduce((sum, turn) => sum + turn.chance, 0) / 8;
				const exact = lateChance(quantiles, { ranMs, leftMs });
				// Draws know what the plan's tickets have in common before they know how long this one has run.
				const within = ranMs === 0 ? 0.05 : 0.15;
				assert.ok(Math.abs(exact - chance) < within, `${exact} ${chance}`);
			},
		),
		{ numRuns: 1_000 },
	);
	assert.equal(lateChance(one, { ranMs: 0, leftMs: -1 }), 1);
	assert.ok(
		Math.abs(lateChance(one, { ranMs: 0, leftMs: 20_000 }) - 0.1) < 1e-4,
	);
	assert.ok(
		Math.abs(lateChance(one, { ranMs: 0, leftMs: 5_000 }) - 0.9) < 1e-4,
	);
});
