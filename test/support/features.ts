import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { startSplit } from "../../src/domain/choose-version.ts";
import { createFeatureArms } from "../../src/features/arms.ts";
import { createFeatureCounters } from "../../src/features/counters.ts";
import type { FeatureSettings } from "../../src/features/current-features.ts";
import { featureSources } from "../../src/features/sources.ts";
import { createFeatureSwitches } from "../../src/features/switches.ts";
import { createFeatureWatch } from "../../src/features/watch.ts";
import type { FeatureArms } from "../../src/plans/feature-arms.ts";
import { createRoutingStore } from "../../src/rollout/routing-store.ts";
import { createRoutingView } from "../../src/rollout/routing-view.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { openMongo, openRedis, silentLog } from "./stores.ts";

export const featureSettings: FeatureSettings = {
	enabled: true,
	share: 0.5,
	names: ["binding_routing", "embedded_policy"],
	rules: { errorRateThreshold: 0.15, minCalls: 20 },
};

/** One installation, and processes of it: each has its own counts and its own view of what is off. */
export async function openFeatureWorld(
	t: TestContext,
	settings: Partial<FeatureSettings> = {},
) {
	const { mongo } = await openMongo(t);
	const scope = randomUUID();
	const all = { ...featureSettings, ...settings };
	return {
		mongo,
		process: ({
			node,
			store = mongo,
		}: {
			node?: string;
			store?: Mongo;
		} = {}) => {
			const { redis } = openRedis(t, node === undefined ? {} : { node });
			const metrics = createMetrics();
			const routingStore = createRoutingStore(store);
			const routing = createRoutingView({
				...{ store: routingStore, metrics, log: silentLog },
				start: startSplit({ v2Enabled: false, v2Percentage: 0 }),
			});
			const counters = createFeatureCounters(redis, { scope, log: silentLog });
			const switches = createFeatureSwitches(routingStore, routing);
			const known = { settings: all, routing, counters, switches, metrics };
			return {
				routing,
				counters,
				metrics,
				arms: createFeatureArms(known),
				turn: createFeatureWatch({ ...known, log: silentLog }),
				sources: featureSources({ ...known, store: routingStore }),
			};
		},
	};
}

/** So many calls of both arms, as their keys fall; `fails` says which do. */
export function playCalls(
	arms: FeatureArms,
	calls: number,
	fails: (arm: "canary" | "stable") => boolean,
): void {
	const feature = "embedded_policy";
	for (let at = 0; at < calls; at += 1) {
		const arm = arms.armOf(feature, randomUUID());
		if (arm === null) throw new Error("the feature is in no canary");
		const failures = fails(arm) ? 1 : 0;
		arms.record({ feature, arm, calls: 1, failures, durationMs: 2 });
	}
}
