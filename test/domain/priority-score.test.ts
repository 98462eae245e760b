import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	consistencies,
	deliveryModes,
	durabilities,
} from "../../schemas/execution-ticket.ts";
import { scorePriority } from "../../src/domain/priority-score.ts";

const best = {
	delivery_mode: "EXACTLY_ONCE",
	consistency: "STRONG",
	durability: "PERSISTENT",
} as const;
const usual = {
	delivery_mode: "AT_LEAST_ONCE",
	consistency: "EVENTUAL",
	durability: "PERSISTENT",
} as const;
const poor = {
	delivery_mode: "AT_MOST_ONCE",
	consistency: "EVENTUAL",
	durability: "TRANSIENT",
} as const;

// contracts.md, "Priority score"; of a deadline 100 ms away `used` have passed.
const cases = [
	{
		name: "critical, fresh",
		risk_band: "critical",
		qos: best,
		used: 0,
		score: 0.79,
	},
	{
		name: "critical, 90 % used",
		risk_band: "critical",
		qos: best,
		used: 90,
		score: 1,
	},
	{
		name: "critical, 80 % used",
		risk_band: "critical",
		qos: best,
		used: 80,
		score: 1,
	},
	{
		name: "critical, half used",
		risk_band: "critical",
		qos: best,
		used: 50,
		score: 0.91,
	},
	{ name: "low, fresh", risk_band: "low", qos: usual, used: 0, score: 0.3885 },
	{
		name: "medium, fresh",
		risk_band: "medium",
		qos: usual,
		used: 49,
		score: 0.5085,
	},
	{
		name: "low, poor, 20 % used",
		risk_band: "low",
		qos: poor,
		used: 20,
		score: 0.12 + 0.3 * 0.3825 + 0.09,
	},
	// The earlier service's cases, by value.
	{
		name: "low, poorest, 20 % used",
		risk_band: "low",
		qos: { ...poor, durability: "EPHEMERAL" as never },
		used: 20,
		score: 0.312,
	},
	{ name: "normal", risk_band: "normal", qos: best, used: 0, score: 0.59 },
	{ name: "high", risk_band: "high", qos: best, used: 0, score: 0.67 },
	{ name: "low", risk_band: "low", qos: best, used: 0, score: 0.51 },
	{
		name: "past its deadline",
		risk_band: "critical",
		qos: best,
		used: 500,
		score: 1,
	},
	{
		name: "any case of letters",
		risk_band: "HIGH",
		qos: best,
		used: 0,
		score: 0.67,
	},
	{
		name: "low, but critical was asked for",
		risk_band: "low",
		asked_priority: "CRITICAL",
		qos: usual,
		used: 0,
		score: 0.6685,
	},
	{
		name: "critical, and low was asked for",
		risk_band: "critical",
		asked_priority: "LOW",
		qos: best,
		used: 0,
		score: 0.79,
	},
	{
		name: "an unknown risk is below medium",
		risk_band: "odd",
		qos: usual,
		used: 0,
		score: 0.4685,
	},
] as const;

for (const { name, used, score, ...facts } of cases)
	test(`scorePriority: ${name}`, () => {
		const given = { ...facts, created_at: 1_000, deadline: 1_100 };
		const actual = scorePriority({ ...given, nowMs: 1_000 + used });
		assert.ok(Math.abs(actual - score) < 1e-9, `${actual}`);
	});

test("scorePriority: the better the guarantee, the higher the risk, the higher the score, as in the earlier service's cases", () => {
	const of = (risk_band: string, changes: Partial<typeof best | typeof poor>) =>
		scorePriority({
			...{ risk_band, qos: { ...best, ...changes } },
			...{ created_at: 0, deadline: 100, nowMs: 0 },
		});
	const falls = (...scores: number[]) =>
		assert.deepEqual(
			scores,
			scores.toSorted((a, b) => b - a),
		);
	falls(
		of("high", {}),
		of("high", { delivery_mode: "AT_LEAST_ONCE" as never }),
		of("high", { delivery_mode: "AT_MOST_ONCE" }),
	);
	falls(of("high", {}), of("high", { consistency: "EVENTUAL" }));
	falls(...["critical", "high", "normal", "low"].map((band) => of(band, {})));
	assert.ok(of("critical", {}) - of("low", poor) > 0.3);
});

test("scorePriority: other weights", () => {
	const given = { risk_band: "critical", qos: best, created_at: 0, nowMs: 0 };
	const weights = { risk: 0.5, qos: 0.3, sla: 0.2 };
	const score = scorePriority({ ...given, deadline: 100 }, weights);
	assert.ok(Math.abs(score - 0.86) < 1e-9, `${score}`);
});

test("scorePriority: a deadline at or before creation is as urgent as can be", () => {
	const given = { risk_band: "low", qos: usual, created_at: 1_000, nowMs: 0 };
	const score = 0.12 + 0.3 * 0.595 + 0.3;
	for (const deadline of [1_000, 5])
		assert.ok(Math.abs(scorePriority({ ...given, deadline }) - score) < 1e-9);
});

test("scorePriority: is between 0 and 1, whatever the ticket", () => {
	const moment = fc.integer({ min: -1e12, max: 1e12 });
	const ticket = fc.record({
		risk_band: fc.oneof(fc.string(), fc.constant("constructor")),
		qos: fc.record({
			delivery_mode: fc.constantFrom(...deliveryModes),
			consistency: fc.constantFrom(...consistencies),
			durability: fc.constantFrom(...durabilities),
		}),
		created_at: moment,
		deadline: moment,
		nowMs: moment,
	});
	fc.assert(
		fc.property(ticket, (given) => {
			const score = scorePriority(given);
			assert.ok(score >= 0 && score <= 1, `${score}`);
		}),
	);
});
