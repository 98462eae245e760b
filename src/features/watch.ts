import type { FeatureName } from "../domain/features/feature-arm.ts";
import {
	type ArmCallCounts,
	judgeFeature,
	noCalls,
} from "../domain/features/judge-feature.ts";
import { hasCode, isRetryable } from "../errors.ts";
import type { Log } from "../log.ts";
import type { RoutingView } from "../rollout/routing-view.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type FeatureCounters, type HourCounts, sum } from "./counters.ts";
import { currentFeatures, type FeatureSettings } from "./current-features.ts";
import type { FeatureSwitches } from "./switches.ts";

export interface FeatureWatchDeps {
	settings: FeatureSettings;
	routing: Pick<RoutingView, "peek">;
	counters: FeatureCounters;
	switches: Pick<FeatureSwitches, "disable">;
	metrics: Pick<Metrics, "featureDisabled">;
	log: Pick<Log, "error" | "warn">;
}

/** What is compared: this hour and the one before. */
const WINDOW_HOURS = 1;

/**
 * One turn: brings the counts to Redis, and switches off a feature that has failed too often. Outages leave it for the
 * next turn; while Redis is away this process judges by its own calls.
 */
export function createFeatureWatch({
	settings,
	routing,
	counters,
	switches,
	metrics,
	log,
}: FeatureWatchDeps): () => Promise<void> {
	async function judge(feature: FeatureName, all: HourCounts[]) {
		const known = currentFeatures(routing);
		if (known === null || known.disabled[feature] !== undefined) return;
		const resets = known.resets[feature] ?? 0;
		const counts = countsOf(
			all.filter((one) => one.feature === feature && one.resets === resets),
		);
		const reason = judgeFeature(counts, settings.rules);
		if (reason === null) return;
		const { calls, failures } = counts.canary;
		log.error({ feature, calls, failures, reason }, "feature is switched off");
		await switches.disable(feature, {
			...{ at: Date.now(), calls, failures, by: "orchestrator", reason },
		});
	}

	async function readWindow(): Promise<HourCounts[]> {
		try {
			return await counters.read(WINDOW_HOURS, Date.now());
		} catch (error) {
			if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
			return [];
		}
	}

	/** Features with failures that were not judged yet. */
	const failing = new Set<FeatureName>();

	return async () => {
		for (const { feature, arm, counts } of counters.pending())
			if (arm === "canary" && counts.failures > 0) failing.add(feature);
		await counters.flush();
		const off = currentFeatures(routing)?.disabled ?? {};
		for (const feature of settings.names)
			metrics.featureDisabled.set({ feature }, off[feature] ? 1 : 0);
		if (failing.size === 0) return;
		const all = [...(await readWindow()), ...counters.pending()];
		for (const feature of failing) {
			try {
				await judge(feature, all);
				failing.delete(feature);
			} catch (error) {
				if (!isRetryable(error) && !hasCode(error, "ROUTING_CHANGED"))
					throw error;
				log.warn({ error, feature }, "feature could not be switched off yet");
			}
		}
	};
}

/** Of both arms. */
export function countsOf(hours: readonly HourCounts[]): ArmCallCounts {
	const counts = { canary: noCalls, stable: noCalls };
	for (const { arm, counts: more } of hours)
		counts[arm] = sum(counts[arm], more);
	return counts;
}
