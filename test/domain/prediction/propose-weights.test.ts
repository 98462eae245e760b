import assert from "node:assert/strict";
import { test } from "node:test";
import { allocationQuality } from "../../../src/domain/prediction/allocation-quality.ts";
import {
	proposeWeights,
	type RecordedChoice,
} from "../../../src/domain/prediction/propose-weights.ts";
import { createRandom, gaussian } from "../../../src/domain/seeded-random.ts";

/**
 * Six workers; `honest`: a worker's score says how fast it is, beyond what its room says; else scores mean nothing. The
 * recorded choice is that of weight 0.6.
 */
function history({ plans = 60, honest = 0, seed = 1, weight = 0.6 } = {}) {
	const random = createRandom(seed);
	const scores = [0.2, 0.4, 0.5, 0.6, 0.8, 0.95];
	const choices: RecordedChoice[] = [];
	for (let plan = 0; plan < plans; plan += 1)
		for (let ticket = 0; ticket < 10; ticket += 1) {
			const priority = 0.3 + 0.6 * random();
			const candidates = scores
				.map((agent_score, at) => ({
					...{ agent_id: `w-${at}`, agent_score },
					room: 0.5 + 0.5 * random(),
				}))
				.sort(() => random() - 0.5)
				.slice(0, 3);
			const composite = (one: (typeof candidates)[number]) =>
				(weight * one.agent_score + (1 - weight) * priority) * one.room;
			const chosen = candidates.reduce((a, b) =>
				composite(b) > composite(a) ? b : a,
			);
			const log =
				-Math.log(chosen.room) -
				honest * chosen.agent_score +
				0.3 * gaussian(random);
			choices.push({
				...{ plan_id: `p-${plan}`, priority, agent_id: chosen.agent_id },
				...{ candidates, turnaround: Math.exp(log) },
			});
		}
	return choices;
}

test("proposeWeights: where scores foretell times they get more weight, with an interval that excludes none", () => {
	const { proposed, options, reason } = proposeWeights(
		history({ honest: 4, plans: 150 }),
		0.6,
	);
	assert.ok(proposed !== null && proposed > 0.6, reason);
	const best = options.find(({ agent_weight }) => agent_weight === proposed);
	assert.ok((best?.change?.high ?? 0) < 0);
	assert.match(reason, /% sooner/);
});

test("proposeWeights: where scores say nothing they get less weight or keep it, and never more", () => {
	for (let seed = 1; seed <= 10; seed += 1) {
		const { proposed } = proposeWeights(history({ seed }), 0.6);
		assert.ok(proposed === null || proposed < 0.6, `seed ${seed}: ${proposed}`);
	}
});

test("proposeWeights: few choices, or none that would change, tell nothing, and it says so", () => {
	const few = proposeWeights(history({ plans: 5 }), 0.6);
	assert.equal(few.proposed, null);
	assert.match(few.reason, /cannot tell: 50 choices of 5 plans/);
	assert.match(proposeWeights([], 0.6).reason, /0 choices/);
	const alike = history().map((one) => ({
		...one,
		candidates: one.candidates.map((each) => ({ ...each, agent_score: 0.5 })),
	}));
	const same = alike.map((one) => ({
		...one,
		agent_id: one.candidates.reduce((a, b) => (b.room > a.room ? b : a))
			.agent_id,
	}));
	assert.match(proposeWeights(same, 0.6).reason, /same workers/);
});

test("proposeWeights: the same records give the same answer; damaged ones are left out", () => {
	const choices = history();
	const damaged = { ...choices[0], turnaround: Number.NaN } as RecordedChoice;
	assert.deepEqual(
		proposeWeights(choices, 0.6),
		proposeWeights([...choices, damaged], 0.6),
	);
});

test("allocationQuality: queue is held against queue, execution against execution", () => {
	const right = {
		...{ success: true, predicted_queue_ms: 4_000, queue_ms: 4_000 },
		...{ predicted_duration_ms: 60_000, duration_ms: 60_000 },
	};
	assert.equal(allocationQuality(right), 1);
	const failed = allocationQuality({ ...right, success: false });
	assert.ok(Math.abs(failed - 0.3) < 1e-9);
	const slow = allocationQuality({ ...right, duration_ms: 120_000 });
	assert.ok(Math.abs(slow - 0.925) < 1e-3);
	const unknown = allocationQuality({ ...right, predicted_queue_ms: null });
	assert.ok(Math.abs(unknown - 0.925) < 1e-9);
});
