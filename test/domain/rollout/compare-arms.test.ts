import assert from "node:assert/strict";
import { test } from "node:test";
import {
	abReport,
	type OutcomeReport,
	recommendSplit,
} from "../../../src/domain/rollout/ab-report.ts";
import {
	type ComparedOutcome,
	compareArms,
	reportArms,
	wilson,
} from "../../../src/domain/rollout/compare-arms.ts";

const outcome = (changes: Partial<ComparedOutcome> = {}): ComparedOutcome => ({
	...{ version_assigned: "V1", version_weight: 50 },
	...{ build_assigned: null, build_ran: null, build_weight: null },
	...{ counts: true, failure_class: null, sla_missed: false },
	...{ active_ms: 1_000, risk_band: "low" },
	...changes,
});

/** `n` plans of the version, of which so many failed. */
function plans(
	version_assigned: "V1" | "V2",
	n: number,
	failed: number,
	active_ms = 1_000,
): ComparedOutcome[] {
	return Array.from({ length: n }, (_, index) =>
		outcome({
			...{ version_assigned, active_ms },
			failure_class: index < failed ? "tickets_failed" : null,
		}),
	);
}

test("wilson: known intervals, within 0 and 1", () => {
	const rounded = ({ low, high }: { low: number; high: number }) =>
		[low, high].map((one) => Math.round(one * 1e4) / 1e4);
	assert.deepEqual(rounded(wilson(8, 10)), [0.4902, 0.9433]);
	assert.deepEqual(rounded(wilson(0, 10)), [0, 0.2775]);
	assert.deepEqual(rounded(wilson(10, 10)), [0.7225, 1]);
});

test("reportArms: counts what is compared, names what is not, and an arm without plans has no rate", () => {
	const outcomes = [
		...plans("V1", 8, 2),
		outcome({ sla_missed: true, active_ms: 9_000, risk_band: "high" }),
		outcome({ counts: false, failure_class: "cancelled" }),
		outcome({ version_weight: null }),
	];
	const [v1, v2] = reportArms(outcomes, "version", ["V1", "V2"]);
	assert.partialDeepStrictEqual(v1, {
		...{ arm: "V1", n: 9, ok: 7, failed: 2, late: 1, excluded: 2 },
		duration_ms: { p50: 1_000, p95: 9_000, p99: 9_000 },
	});
	assert.deepEqual(Object.keys(v1?.by_risk_band ?? {}), ["high", "low"]);
	assert.partialDeepStrictEqual(v2, {
		...{ arm: "V2", n: 0, success_rate: null, duration_ms: null },
	});
});

test("reportArms: by build, the one that was assigned, else the one that ran", () => {
	const outcomes = [
		outcome({ build_assigned: "new", build_ran: "old", build_weight: 5 }),
		outcome({ build_ran: "old" }),
		outcome(),
	];
	assert.deepEqual(
		reportArms(outcomes, "build").map(({ arm, n, excluded }) => [
			...[arm, n, excluded],
		]),
		[
			["new", 1, 0],
			["old", 0, 1],
			["unversioned", 0, 1],
		],
	);
});

test("compareArms: above zero the candidate does better; without plans nothing is said", () => {
	const outcomes = [...plans("V1", 100, 20), ...plans("V2", 100, 5, 800)];
	const pair = { base: "V1", candidate: "V2" };
	const found = compareArms(outcomes, "version", pair);
	assert.ok(found);
	const { success_rate, duration_ms, evidence, probability_of_harm } = found;
	assert.ok(Math.abs(success_rate.value - 0.15) < 1e-9);
	assert.ok(success_rate.low > 0.05 && success_rate.high < 0.25);
	assert.equal(duration_ms.value, 200);
	assert.ok(evidence < 1);
	assert.ok((probability_of_harm ?? 1) < 0.01);
	const alone = plans("V1", 10, 0);
	assert.equal(compareArms(alone, "version", pair), undefined);
});

function reportOf(outcomes: ComparedOutcome[]): OutcomeReport {
	const pair = { base: "V1", candidate: "V2" };
	return {
		...{ by: "version", hours: 24, from: 0, to: 86_400_000, is_cut: false },
		arms: reportArms(outcomes, "version", ["V1", "V2"]).map((arm) => ({
			...arm,
			in_flight: 3,
		})),
		difference: compareArms(outcomes, "version", pair) ?? null,
	};
}
const recommend = (outcomes: ComparedOutcome[], percentage = 50) =>
	recommendSplit(reportOf(outcomes), { enabled: true, percentage });

test("recommendSplit: too few plans of either arm recommend nothing", () => {
	const text = recommend([...plans("V1", 600, 3), ...plans("V2", 5, 0)]);
	assert.equal(
		text,
		"not enough data: V2 has 5 of the 30 plans that each needs",
	);
});

test("recommendSplit: more when there is no harm, less when it is likely, none when it is proven", () => {
	const good = [...plans("V1", 300, 3), ...plans("V2", 300, 0)];
	assert.partialDeepStrictEqual(recommend(good), {
		...{ type: "increase_v2_percentage", current: 50, suggested: 70 },
	});
	assert.partialDeepStrictEqual(recommend(good, 90), { suggested: 100 });
	const likely = [...plans("V1", 100, 5), ...plans("V2", 100, 16)];
	assert.partialDeepStrictEqual(recommend(likely), {
		...{ type: "decrease_v2_percentage", current: 50, suggested: 40 },
	});
	const proven = [...plans("V1", 100, 1), ...plans("V2", 100, 60)];
	assert.partialDeepStrictEqual(recommend(proven), {
		...{ type: "decrease_v2_percentage", suggested: 0 },
	});
	assert.match(String(recommend(proven, 0)), /its share is 0 % already/);
	assert.match(String(recommend(good, 100)), /^no clear difference/);
});

test("recommendSplit: equal arms with little data are left as they are", () => {
	const text = recommend([...plans("V1", 40, 4), ...plans("V2", 40, 4)]);
	assert.match(String(text), /^no clear difference: success differs by 0\.0/);
});

test("abReport: the fields of the system before, null where it had 0 for nothing", () => {
	const report = abReport(
		reportOf([...plans("V1", 40, 4), ...plans("V2", 20, 1, 500)]),
	);
	assert.partialDeepStrictEqual(report, {
		...{ error: null, hours: 24, collected_at: "1970-01-02T00:00:00.000Z" },
		v2: { total_tasks: 20, success_rate: 0.95, avg_duration: 0.5 },
		existing: {
			...{ total_tasks: 40, success_rate: 0.9, avg_duration: 1, in_flight: 3 },
			by_complexity: { low: { count: 40, success_rate: 0.9, avg_duration: 1 } },
		},
		comparison: { duration_difference: 0.5, percentage_faster: 50 },
	});
	const empty = abReport(reportOf([]));
	assert.equal(empty.comparison, null);
	assert.equal(empty.v2.success_rate, null);
});
