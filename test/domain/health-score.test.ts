import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type HealthAnswer,
	judgeInstance,
	type ScoredCheck,
	scoreHealth,
} from "../../src/domain/health-score.ts";

const check = (
	state: "up" | "down",
	weight = 10,
	required = false,
): ScoredCheck => ({ state, weight, required });

const cases: [string, ScoredCheck[], number][] = [
	["nothing was checked", [], 0],
	["everything is up", [check("up"), check("up", 30, true)], 100],
	["a small one is down", [check("down", 10), check("up", 90)], 90],
	["a required one is down", [check("down", 1, true), check("up", 999)], 0],
	["all but required is down", [check("up", 30, true), check("down", 70)], 30],
	["100 is only without a fault", [check("down", 1), check("up", 999)], 99],
];
for (const [what, checks, score] of cases)
	test(`scoreHealth: ${what}: ${score}`, () =>
		assert.equal(scoreHealth(checks), score));

test("scoreHealth: what is left out changes nothing for the others", () => {
	const made = [check("up", 30), check("down", 10)];
	assert.equal(scoreHealth(made), 75);
	assert.equal(scoreHealth([...made, check("up", 0)]), 75);
});

const answer: HealthAnswer = {
	status: "degraded",
	checks: {
		temporal: check("up", 30, true),
		redis: { ...check("down", 10), error: "away" },
	},
	identity: { build_id: "2", instance_id: "i" },
};

test("judgeInstance: by the score, and what lowers it is named", () => {
	const wanted = { build: "2", minScore: 75 };
	const { healthy, score, detail } = judgeInstance(answer, wanted);
	assert.equal(healthy, true);
	assert.equal(score, 75);
	assert.match(detail, /has 75 of 100.*redis \(away\)/);
	assert.equal(
		judgeInstance(answer, { ...wanted, minScore: 76 }).healthy,
		false,
	);
});

test("judgeInstance: another build on the port is not the one that is meant, however well it is", () => {
	const { healthy, detail } = judgeInstance(answer, {
		build: "3",
		minScore: 0,
	});
	assert.equal(healthy, false);
	assert.equal(detail, "build 2 answers there, not 3");
});
