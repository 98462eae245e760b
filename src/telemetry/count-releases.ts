import type { Verdict } from "../domain/rollout/judgement.ts";
import type { Metrics } from "./metrics.ts";

/** What a look at a release under way has found. */
export interface ReleaseLook {
	/** Unix epoch, ms. */
	atMs: number;
	phase: string;
	/** Since when it is paused, Unix epoch, ms; null: it is not. */
	pausedSinceMs: number | null;
	/** null: nothing was judged. */
	verdict: Verdict | null;
	/** Whether outcomes or the engine could not be read. */
	isUnreadable: boolean;
}

/** Shows the release under way. */
export function createReleaseMetrics(metrics: Metrics) {
	let phaseShown: string | undefined;
	return {
		looked(look: ReleaseLook): void {
			const { atMs, phase, pausedSinceMs, verdict, isUnreadable } = look;
			if (phaseShown !== undefined && phaseShown !== phase)
				metrics.releasePhase.set({ phase: phaseShown }, 0);
			metrics.releasePhase.set({ phase }, 1);
			phaseShown = phase;
			metrics.releaseLookedAt.set(atMs / 1_000);
			metrics.releasePausedSeconds.set(
				pausedSinceMs === null ? 0 : (atMs - pausedSinceMs) / 1_000,
			);
			if (isUnreadable) metrics.releaseLooksFailed.inc();
			if (verdict === null) return;
			const { rule, action, numbers } = verdict;
			metrics.releaseVerdicts.inc({ rule, action });
			for (const [process, { value }] of Object.entries(numbers.evidence))
				metrics.releaseEvidence.set({ process }, value);
		},
	};
}

/** Of the release under way; 0: there is none. */
export function showReleaseWeight(metrics: Metrics, weight: number): void {
	metrics.releaseWeight.set({ arm: "candidate" }, weight);
	metrics.releaseWeight.set({ arm: "base" }, 100 - weight);
}
