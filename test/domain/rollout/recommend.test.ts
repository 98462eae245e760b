import assert from "node:assert/strict";
import { test } from "node:test";
import { recommendWeight } from "../../../src/domain/rollout/recommend.ts";

const question = { weight: 5, plansPerHour: 600, baseRate: 0.01, risk: 5 };

test("recommendWeight: five times the weight at most, if the error budget bears it", () => {
	const found = recommendWeight({ ...question, budgetLeft: 1_000 });
	assert.equal(found.nextWeight, 25);
	// ln 200 / (p (wr ln r - (wr + 1 - w) ln (wr + 1 - w))) by hand; simulation says about 850.
	assert.equal(found.plansNeeded, 848);
	assert.equal(found.etaToVerdictMs, Math.round((848 / 600) * 3_600_000));
	assert.equal(found.minSoakMs, 720_000);
	assert.match(
		found.why,
		/^at 600 plans\/h, 25 % needs about 848 plans, 1 h 25 m to roll back a candidate that fails 5 times as often; until then it uses 1 % of/,
	);
});

test("recommendWeight: a smaller weight when the budget is short, and the smallest with a warning when it is gone", () => {
	const short = recommendWeight({ ...question, budgetLeft: 65 });
	assert.ok(short.nextWeight < 25 && short.nextWeight > 0);
	assert.ok((short.budgetUse ?? 1) <= 0.1);
	const gone = recommendWeight({ ...question, budgetLeft: 0 });
	assert.equal(gone.nextWeight, 1);
	assert.match(gone.why, /better wait until the budget recovers/);
});

test("recommendWeight: few plans, no plans and no budget are said", () => {
	const few = recommendWeight({
		...question,
		plansPerHour: 12,
		budgetLeft: 1_000,
	});
	assert.match(few.why, /at 12 plans\/h, 25 % needs about 848 plans, 2 d 23 h/);
	assert.match(
		few.why,
		/50 % would need \d d \d\d h; take it for longer, or add synthetic plans/,
	);
	const still = recommendWeight({
		...question,
		plansPerHour: 0,
		budgetLeft: null,
	});
	assert.equal(still.etaToVerdictMs, null);
	assert.match(still.why, /no error budget is known.*no plan begins/);
});
