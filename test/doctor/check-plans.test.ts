import assert from "node:assert/strict";
import { test } from "node:test";
import { checkPlans, type PlanFacts } from "../../src/doctor/check-plans.ts";

const nowMs = 10_000_000;
const sound: PlanFacts = {
	...{ report: undefined, asked: 3, isAll: true },
	...{ gone: [], ended: [], stuck: [] },
};
const look = (facts: Partial<PlanFacts>) =>
	checkPlans({ ...sound, ...facts }, nowMs);

test("checkPlans: plans whose run is gone, ended or stuck are named, each with what to do", () => {
	assert.deepEqual(
		look({}).map(({ status }) => status),
		["ok", "ok"],
	);
	const gone = Array.from({ length: 7 }, (_, index) => `p${index}`);
	const checks = look({ gone, ended: ["e"], stuck: ["s"] });
	assert.deepEqual(
		checks.map(({ status }) => status),
		["failed", "failed", "failed", "ok"],
	);
	const [first, second, third] = checks.map(({ detail }) => detail);
	assert.match(first ?? "", /^7 are open.*: p0, p1, p2, p3, p4 and 2 more$/);
	assert.match(second ?? "", /ended in Temporal: e$/);
	assert.match(third ?? "", /fails again and again: s$/);
	for (const { remedy } of checks.slice(0, 3)) assert.ok(remedy);
});

test("checkPlans: a watch that looks no more is a warning", () => {
	const report = { at: nowMs - 60_000, stuck_count: 0, stuck: [] };
	assert.equal(look({ report }).at(-1)?.status, "ok");
	const old = { ...report, at: nowMs - 16 * 60_000 };
	assert.equal(look({ report: old }).at(-1)?.status, "warning");
	assert.match(look({ isAll: false })[0]?.detail ?? "", /quiet longest/);
});
