import type {
	Arm,
	JudgedOutcome,
	LiveFacts,
	StepDemands,
} from "../../../src/domain/rollout/judgement.ts";

/** So many plans of an arm, of which the first `failed` failed. */
export function plansOf(
	arm: Arm,
	count: number,
	{ failed = 0, late = 0, weight = 25, logRatio = 0 } = {},
): JudgedOutcome[] {
	return Array.from({ length: count }, (_, at) => ({
		arm,
		weight,
		failed: at < failed,
		late: at < late,
		logRatio,
	}));
}

/** An engine in which all is well. */
export function liveOf(changes: Partial<LiveFacts> = {}): LiveFacts {
	return {
		starts: [{ weight: 25, base: 300, candidate: 100 }],
		overdue: [],
		broken: [],
		withoutPollersMs: { base: 0, candidate: 0 },
		backlogAgeMs: { base: 0, candidate: 0 },
		budgetBurnsFast: false,
		unreadableLooks: 0,
		...changes,
	};
}

/** A step whose soak is over 600 s after it began at 0. */
export function stepOf(changes: Partial<StepDemands> = {}): StepDemands {
	return {
		weight: 25,
		sinceMs: 0,
		soakMs: 600_000,
		minSample: 30,
		maxWaitMs: 3_600_000,
		maxAnalysisMs: 7_200_000,
		stepCount: 3,
		isLast: false,
		...changes,
	};
}
