import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	budgetStatus,
	burnLevel,
	computeBudget,
	type EndedCount,
	isBudgetCritical,
	isBurning,
} from "../../../src/domain/sla/error-budget.ts";
import { readBudgets } from "../../../src/domain/sla/read-budgets.ts";

const NOW = Date.UTC(2026, 10, 30);
const none = { total: 0, bad: 0 };

const budgetOf = (
	whole: EndedCount,
	ended: (hours: number) => EndedCount = () => none,
) =>
	computeBudget({
		serviceName: "orchestrator-dynamic",
		sloId: "plans-in-time",
		sloTarget: 0.99,
		whole,
		ended,
		lastBadAtMs: null,
		nowMs: NOW,
	});

for (const [remaining, status] of [
	[100, "HEALTHY"],
	[50.1, "HEALTHY"],
	[50, "WARNING"],
	[20, "CRITICAL"],
	[10, "EXHAUSTED"],
	[0, "EXHAUSTED"],
] as const)
	test(`budgetStatus: ${remaining} % is ${status}`, () =>
		assert.equal(budgetStatus(remaining), status));

for (const [rate, level] of [
	[14.4, "CRITICAL"],
	[6, "FAST"],
	[2, "ELEVATED"],
	[1.9, "NORMAL"],
] as const)
	test(`burnLevel: ${rate} is ${level}`, () =>
		assert.equal(burnLevel(rate), level));

test("isBudgetCritical: 15 % against 20 is, 75 % is not, what nobody knows is not said to be", () => {
	assert.equal(isBudgetCritical(15, 0.2), true);
	assert.equal(isBudgetCritical(75, 0.2), false);
	assert.equal(isBudgetCritical(null, 0.2), false);
});

test("computeBudget: 5 bad of 1,000 at 99 % is half of the budget", () => {
	const budget = budgetOf({ total: 1_000, bad: 5 });
	assert.equal(Math.round(budget.error_budget_remaining), 50);
	assert.equal(Math.round(budget.error_budget_consumed), 50);
	assert.equal(budget.sli_value, 0.995);
	assert.equal(budget.window_start, "2026-10-31T00:00:00.000Z");
});

test("computeBudget: nothing ended: the budget is whole", () => {
	const budget = budgetOf(none);
	assert.equal(budget.error_budget_remaining, 100);
	assert.equal(budget.status, "HEALTHY");
	assert.ok(budget.burn_rates.every(({ rate }) => rate === 0));
});

test("computeBudget: always a share between nothing and all, that falls with every bad plan", () =>
	fc.assert(
		fc.property(fc.nat(10_000), fc.nat(10_000), (total, some) => {
			const bad = Math.min(some, total);
			const left = budgetOf({ total, bad }).error_budget_remaining;
			assert.ok(left >= 0 && left <= 100);
			if (bad < total)
				assert.ok(
					budgetOf({ total, bad: bad + 1 }).error_budget_remaining <= left,
				);
		}),
	));

test("isBurning: both windows must burn, and a few bad plans are no rate", () => {
	const burning = { total: 100, bad: 20 };
	const isFast = (counts: Record<string, EndedCount>) => {
		const ended = (hours: number) =>
			counts[String(Math.round(hours * 60))] ?? none;
		return isBurning(budgetOf(none, ended), (hours) => ended(hours).bad);
	};
	assert.equal(isFast({ 5: burning, 60: burning }), true);
	assert.equal(isFast({ 30: burning, 360: burning }), true);
	assert.equal(isFast({ 60: burning }), false);
	assert.equal(isFast({ 5: burning }), false);
	const few = { total: 2, bad: 2 };
	assert.equal(isFast({ 5: few, 60: few }), false);
});

/** One entry as the SLA management system answers it (flow-c, 6.2). */
const entry = {
	budget_id: "b-1",
	slo_id: "slo-1",
	service_name: "orchestrator-dynamic",
	calculated_at: "2026-11-30T00:00:00Z",
	window_start: "2026-10-31T00:00:00Z",
	window_end: "2026-11-30T00:00:00Z",
	sli_value: 0.98,
	slo_target: 0.99,
	error_budget_total: 1,
	error_budget_consumed: 82,
	error_budget_remaining: 18,
	status: "CRITICAL",
	burn_rates: [
		{
			window_hours: 1,
			rate: 14.4,
			level: "CRITICAL",
			estimated_exhaustion_hours: 9,
		},
	],
	violations_count: 3,
	last_violation_at: null,
	metadata: {},
};

test("readBudgets: percent from 0 to 100, in a list", () => {
	const [budget] = readBudgets({ budgets: [entry], total: 1 }, "x") ?? [];
	assert.equal(budget?.error_budget_remaining, 18);
	assert.equal(budget?.status, "CRITICAL");
	assert.equal(budget?.burn_rates[0]?.level, "CRITICAL");
	assert.deepEqual(readBudgets({ budgets: [], total: 0 }, "x"), []);
});

test("readBudgets: a status that is better than its percentage is not believed", () => {
	const [budget] =
		readBudgets({ budgets: [{ ...entry, status: "HEALTHY" }] }, "x") ?? [];
	assert.equal(budget?.status, "CRITICAL");
});

for (const [name, garbage] of Object.entries({
	"what the earlier client expected": {
		error_budget_remaining: 0.9,
		status: "HEALTHY",
	},
	"no remaining share": {
		budgets: [{ ...entry, error_budget_remaining: undefined }],
	},
	"a share above 100": {
		budgets: [{ ...entry, error_budget_remaining: 1000 }],
	},
	"text for a share": { budgets: [{ ...entry, error_budget_remaining: "18" }] },
	"one good and one bad entry": { budgets: [entry, {}] },
	"burn rates that are none": {
		budgets: [{ ...entry, burn_rates: [{ rate: "much" }] }],
	},
	"too many": { budgets: Array.from({ length: 101 }, () => entry) },
	"a list": [],
	text: "<html>",
	null: null,
}))
	test(`readBudgets: ${name} is unknown, never fine`, () =>
		assert.equal(readBudgets(garbage, "x"), undefined));

test("readBudgets: never throws, whatever comes", () =>
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			const budgets = readBudgets({ budgets: [value] }, "x");
			for (const { error_budget_remaining } of budgets ?? [])
				assert.ok(error_budget_remaining >= 0 && error_budget_remaining <= 100);
		}),
	));
