import assert from "node:assert/strict";
import { test } from "node:test";
import { createObserveRollout } from "../../activities/observe-rollout.ts";
import type { ComparableOutcome } from "../../src/domain/rollout/compare-outcome.ts";
import {
	completeSpec,
	type RolloutSpecInput,
} from "../../src/domain/rollout/spec.ts";
import {
	changeWeight,
	newRollout,
	type RolloutState,
} from "../../src/domain/rollout/state.ts";
import type { PlanCounts } from "../../src/rollout/ports.ts";

const HOUR_MS = 3_600_000;

/** A release at 25 % since an hour. */
function ramping(
	stickiness: NonNullable<RolloutSpecInput["stickiness"]> = {},
): RolloutState {
	const { spec } = completeSpec({
		...{ deployment: "o", target: { buildId: "b2" }, stickiness },
		steps: [{ ramp: 25 }, { ramp: 50 }, { promote: {} }],
	});
	const beganMs = Date.now() - HOUR_MS;
	const state = newRollout(spec, { actor: "a", reason: "r" }, beganMs);
	Object.assign(state, { phase: "Progressing", baseBuild: "b1" });
	changeWeight(state, 25, beganMs, beganMs);
	return state;
}

function outcomes(
	build: string,
	count: number,
	changes: Partial<ComparableOutcome> = {},
): ComparableOutcome[] {
	return Array.from({ length: count }, () => ({
		...{ build_assigned: build, build_ran: build, build_weight: 25 },
		...{ counts: true, failure_class: null, sla_missed: false },
		...{ active_ms: 1_000, predicted_ms: 1_000 },
		started_at: Date.now() - HOUR_MS / 2,
		recorded_at: Date.now() - HOUR_MS / 2 + 2_000,
		...changes,
	}));
}

async function look(
	state: RolloutState,
	found: ComparableOutcome[],
	counts: Partial<PlanCounts> = {},
) {
	const worker = { pollers: 1, lastPollAgoMs: 0, backlog: 0, backlogAgeMs: 0 };
	const none = { base: 0, candidate: 0 };
	const observe = createObserveRollout({
		engine: {
			readRouting: async () => ({
				...{ deployment: "o", currentBuild: "b1", rampingBuild: "b2" },
				...{ rampWeight: 25, token: "t", manager: null, lastModifiedBy: "" },
				...{ isSettled: true, builds: [] },
			}),
			countPlans: async () => ({
				...{ started: none, overdue: none, broken: none },
				...counts,
			}),
			readWorkers: async () => worker,
		},
		outcomes: { readSince: async () => found },
		looks: { keepLook: async () => undefined },
		budgetBurnsFast: async () => false,
	});
	return await observe(state);
}

const healthy = [...outcomes("b1", 300), ...outcomes("b2", 110)];

for (const stickiness of [
	{ by: "tenant" as const },
	{ allow: ["key"] },
	{ deny: ["key"] },
])
	test(`observeRollout: with ${JSON.stringify(stickiness)} a healthy candidate passes its step, however many plans each build gets`, async () => {
		const started = { base: 100, candidate: 310 };
		const { verdict } = await look(ramping(stickiness), healthy, { started });
		assert.equal(verdict?.action, "advance", verdict?.sentence);
		assert.equal(verdict?.numbers.candidate.started, 310);
		assert.equal(verdict?.numbers.splitPValue, null);
	});

test("observeRollout: by plan the same numbers are a broken split", async () => {
	const started = { base: 100, candidate: 310 };
	const { verdict } = await look(ramping(), healthy, { started });
	assert.equal(verdict?.pauseReason, "RoutingMismatch");
});

test("observeRollout: a late plan that the engine still counts as open is counted once", async () => {
	const nowMs = Date.now();
	const late = { active_ms: HOUR_MS / 2, recorded_at: nowMs - 500 };
	const started = { base: 300, candidate: 100 };
	const seen = { started, overdue: { base: 0, candidate: 2 } };
	const { verdict } = await look(
		ramping(),
		[...healthy, ...outcomes("b2", 2, late)],
		seen,
	);
	assert.equal(verdict?.numbers.candidate.late, 2);
	const before = { ...late, recorded_at: nowMs - 60_000 };
	const { verdict: later } = await look(
		ramping(),
		[...healthy, ...outcomes("b2", 2, before)],
		seen,
	);
	assert.equal(later?.numbers.candidate.late, 4);
});
