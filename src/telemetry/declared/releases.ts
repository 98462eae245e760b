import { counter, gauge } from "../declare.ts";

const rules = [
	...(["R0", "R1", "R2", "R3", "R4", "R5"] as const),
	...(["R6", "R7", "R8", "SRM", "PASS"] as const),
];
const phases = [
	...(["Pending", "Smoke", "Progressing", "Paused", "Promoting"] as const),
	...(["Verifying", "RollingBack", "Healthy", "Degraded"] as const),
	"Cancelled" as const,
];

/** The release under way: all but its weight by the process that has looked at it (role `rollout`). */
export const releaseMetrics = {
	releaseWeight: gauge(
		"orchestration_rollout_weight",
		"Share of new plans that the release under way gives to each arm, as this process knows it, 0 to 100; without one the base has 100.",
		{ arm: ["base", "candidate"] },
	),
	releasePhase: gauge(
		"orchestration_rollout_phase",
		"1 for the phase that the newest release was in at the latest look, 0 for the others.",
		{ phase: phases },
	),
	releasePausedSeconds: gauge(
		"orchestration_rollout_paused_seconds",
		"For how long the release has been paused, at the latest look; 0: it is not.",
	),
	releaseLookedAt: gauge(
		"orchestration_rollout_looked_timestamp_seconds",
		"When this process last looked at a release under way, Unix epoch.",
	),
	releaseLooksFailed: counter(
		"orchestration_rollout_looks_failed_total",
		"Looks at a release that could not read outcomes or the engine.",
	),
	releaseEvidence: gauge(
		"orchestration_rollout_evidence",
		"Evidence that the candidate is worse, at the latest look; it is rolled back at 200 (failed), 333 (late) and 500 (broken).",
		{ process: ["failed", "late", "broken"] },
	),
	releaseVerdicts: counter(
		"orchestration_rollout_verdicts_total",
		"Verdicts about releases, one a look, by the rule that held.",
		{ rule: rules, action: ["stay", "advance", "pause", "rollback"] },
	),
};
