import type { FeatureName } from "../domain/features/feature-arm.ts";
import {
	type ReportedFeature,
	reportArm,
} from "../domain/features/feature-report.ts";
import type { FeatureRouting } from "../domain/rollout/routing.ts";
import type { RoutingStore } from "../rollout/routing-store.ts";
import type { FeatureCounters, HourCounts } from "./counters.ts";
import { type FeatureSettings, noSwitches } from "./current-features.ts";
import type { FeatureSources } from "./ports.ts";
import type { FeatureSwitches } from "./switches.ts";
import { countsOf } from "./watch.ts";

const HOUR_MS = 3_600_000;

/** Implements the ports of the routes. */
export function featureSources({
	settings,
	counters,
	switches,
	store,
}: {
	settings: FeatureSettings;
	counters: Pick<FeatureCounters, "read">;
	switches: FeatureSwitches;
	store: Pick<RoutingStore, "readAll">;
}): FeatureSources {
	async function readState(): Promise<FeatureRouting> {
		const { features } = await store.readAll();
		return features?.body ?? noSwitches;
	}

	/** The last two hours, in which it is judged. */
	const readRecent = () => counters.read(1, Date.now());

	return {
		async report(hours) {
			const nowMs = Date.now();
			const [state, counted] = await Promise.all([
				readState(),
				counters.read(hours, nowMs),
			]);
			const { enabled, share, names, rules } = settings;
			return {
				window_hours: hours,
				from: (Math.floor(nowMs / HOUR_MS) - hours) * HOUR_MS,
				...{ enabled, percentage: share },
				error_rate_threshold: rules.errorRateThreshold,
				min_calls: rules.minCalls,
				features: names.map((name) => describe(name, state, counted)),
			};
		},
		async reset(feature, by) {
			const state = await switches.reset(feature, by);
			return describe(feature, state, []);
		},
		async disable(feature, { actor, reason }) {
			const before = await readState();
			const recent = describe(feature, before, await readRecent());
			const { calls, failures } = recent.canary;
			const state = await switches.disable(feature, {
				...{ at: Date.now(), calls, failures, by: actor, reason },
			});
			return { ...recent, disabled: state.disabled[feature] ?? null };
		},
	};
}

function describe(
	feature: FeatureName,
	{ disabled, resets }: FeatureRouting,
	counted: readonly HourCounts[],
): ReportedFeature {
	const own = counted.filter((one) => one.feature === feature);
	const { canary, stable } = countsOf(own);
	return {
		feature,
		disabled: disabled[feature] ?? null,
		resets: resets[feature] ?? 0,
		canary: reportArm(canary),
		stable: reportArm(stable),
	};
}
