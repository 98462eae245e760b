import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type OpenPlans,
	summarizeOpenPlans,
} from "../../src/domain/open-plans.ts";

const NOW_MS = 1_000_000;

function some(changes: Partial<OpenPlans> = {}): OpenPlans {
	return {
		status: "RUNNING",
		tenant: "acme",
		risk_band: "low",
		deadline: NOW_MS + 60_000,
		progress: NOW_MS - 5_000,
		count: 1,
		...changes,
	};
}

test("summarizeOpenPlans: the 20 largest tenants have names, the rest is one", () => {
	const groups = Array.from({ length: 500 }, (_, index) =>
		some({ tenant: `tenant-${index}`, count: index + 1 }),
	);
	const { counts } = summarizeOpenPlans(groups, NOW_MS);
	assert.equal(counts.length, 21);
	assert.equal(
		counts.find(({ tenant }) => tenant === "tenant-499")?.count,
		500,
	);
	const sum = counts.reduce((all, { count }) => all + count, 0);
	assert.equal(sum, (500 * 501) / 2);
	const other = counts.find(({ tenant }) => tenant === "other");
	assert.equal(other?.count, (480 * 481) / 2);
});

test("summarizeOpenPlans: time left by band, late plans below zero, plans without a deadline left out", () => {
	const { deadlines } = summarizeOpenPlans(
		[
			some({ deadline: NOW_MS - 3_000, count: 2 }),
			some({ deadline: NOW_MS + 10_000, count: 8 }),
			some({ deadline: NOW_MS + 90_000, count: 10 }),
			some({ deadline: null, count: 50 }),
			some({ risk_band: null }),
		],
		NOW_MS,
	);
	assert.deepEqual(deadlines, [
		{
			risk_band: "low",
			overdue: 2,
			remaining: [
				{ quantile: "0", seconds: -3 },
				{ quantile: "0.1", seconds: -3 },
				{ quantile: "0.5", seconds: 10 },
			],
		},
		{
			risk_band: "unknown",
			overdue: 0,
			remaining: ["0", "0.1", "0.5"].map((quantile) => ({
				quantile,
				seconds: 60,
			})),
		},
	]);
});

test("summarizeOpenPlans: only plans that go on by themselves age without progress", () => {
	const old = NOW_MS - 900_000;
	const waiting = some({ status: "AWAITING_APPROVAL", progress: old });
	const ageOf = (...groups: OpenPlans[]) =>
		summarizeOpenPlans(groups, NOW_MS).oldestProgressAgeSeconds;
	assert.equal(ageOf(), 0);
	assert.equal(ageOf(waiting, some()), 5);
	assert.equal(ageOf(waiting, some({ progress: old })), 900);
	assert.equal(summarizeOpenPlans([waiting, some()], NOW_MS).working, 1);
});
