import type {
	RuleName,
	Verdict,
	VerdictAction,
} from "../../src/domain/rollout/judgement.ts";
import {
	completeSpec,
	type RolloutSpecInput,
} from "../../src/domain/rollout/spec.ts";
import {
	newRollout,
	type RolloutState,
} from "../../src/domain/rollout/state.ts";

export const BASE = "b1";
export const TARGET = "b2";

export function rolloutOf(
	more: Partial<RolloutSpecInput> = {},
	nowMs = 1_000_000,
): RolloutState {
	const input = { deployment: "orchestrator", target: { buildId: TARGET } };
	const { spec } = completeSpec({ ...input, ...more });
	const state = newRollout(spec, { actor: "ana", reason: "a release" }, nowMs);
	return { ...state, baseBuild: BASE, manager: "us" };
}

export function verdictOf(
	action: VerdictAction,
	rule: RuleName = "R8",
): Verdict {
	const none = { ended: 0, failed: 0, late: 0, started: 0 };
	const evidence = { value: 0, limit: 200 };
	return {
		...{ action, rule, sentence: `${rule} says ${action}` },
		pauseReason: action === "pause" ? "InconclusiveAnalysis" : null,
		numbers: {
			...{ weight: 5, candidate: none, base: none, margin: 0.01 },
			evidence: { failed: evidence, late: evidence, broken: evidence },
			...{ probabilityOfHarm: null, splitPValue: null, durations: null },
		},
	};
}
