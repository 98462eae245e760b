import type { Config } from "../config.ts";
import type { FeatureName } from "../domain/features/feature-arm.ts";
import { createFeatureArms } from "../features/arms.ts";
import { createFeatureCounters } from "../features/counters.ts";
import { featureSources } from "../features/sources.ts";
import { createFeatureSwitches } from "../features/switches.ts";
import { createFeatureWatch } from "../features/watch.ts";
import type { Log } from "../log.ts";
import { createRoutingStore } from "../rollout/routing-store.ts";
import { openRoutingView, type RoutingView } from "../rollout/routing-view.ts";
import type { Redis } from "../storage/redis.ts";
import type { Mongo } from "../storage/storage-context.ts";
import { showReleaseWeight } from "../telemetry/count-releases.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Whether a share of the plans gets the feature in this process. */
export function hasFeature(
	{ features }: Pick<Config, "features">,
	name: FeatureName,
): boolean {
	return features.enabled && features.names.includes(name);
}

interface Needed {
	config: Pick<Config, "features" | "temporal" | "mongodb" | "versions">;
	redis: Redis;
	mongo: Mongo;
	metrics: Metrics;
	log: Log;
}

/** What decides where new plans go, and which features they get, and counts their calls; in any process. */
export function openRoutingAndFeatures({
	config,
	redis,
	mongo,
	metrics,
	log,
}: Needed) {
	const { versions } = config;
	const routing: RoutingView = openRoutingView({
		...{ mongo, versions, metrics, log },
		onRead: ({ release }) =>
			showReleaseWeight(metrics, release?.body.weight ?? 0),
	});
	const scope = `${config.temporal.namespace}/${config.mongodb.database}`;
	const counters = createFeatureCounters(redis, { scope, log });
	const store = createRoutingStore(mongo);
	const settings = config.features;
	const switches = createFeatureSwitches(store, routing);
	return {
		/** Where new plans go, as this process knows it. */
		routing,
		featureArms: createFeatureArms({ settings, routing, counters, metrics }),
		features: featureSources({ settings, counters, switches, store }),
		watchFeatures: createFeatureWatch({
			...{ settings, routing, counters, switches, metrics, log },
		}),
	};
}

export type FeatureParts = ReturnType<typeof openRoutingAndFeatures>;
