import type { Config } from "../config.ts";
import type { Lifecycle } from "../lifecycle.ts";
import type { Log } from "../log.ts";
import type { FeatureArms } from "../plans/feature-arms.ts";
import type { PolicyGate } from "../plans/policy-ports.ts";
import type { WorkerDirectory } from "../plans/worker-directory.ts";
import { createAuditBuffer } from "../policy/audit-buffer.ts";
import { evaluateByArm } from "../policy/canary-engine.ts";
import {
	type OpenedEngine,
	openBundle,
	openEmbedded,
	openEngine,
} from "../policy/open-engine.ts";
import { createPolicyGate } from "../policy/policy-gate.ts";
import { createShadow } from "../policy/shadow.ts";
import { createTenantRequests } from "../policy/tenant-requests.ts";
import { createVerifyToken } from "../policy/verify-token.ts";
import { createWorkload } from "../policy/workload.ts";
import type { Predictor } from "../prediction/ports.ts";
import type { Redis } from "../storage/redis.ts";
import type { Mongo } from "../storage/storage-context.ts";
import { createPolicyMetrics } from "../telemetry/count-policies.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { hasFeature } from "./open-features.ts";

interface Needed {
	config: Config;
	metrics: Metrics;
	mongo: Mongo;
	redis: Redis;
	log: Log;
	workers: WorkerDirectory;
	lifecycle: Lifecycle;
	policyEngine: OpenedEngine | undefined;
	featureArms: FeatureArms;
	predictor: Predictor | undefined;
}

/** The gate of a service without policies: it decides nothing, and every plan says so. */
const noPolicy: PolicyGate = {
	decide: async () => ({ outcome: "not configured" }),
};

/** Opens what evaluates policies in this process, for all who ask; undefined when policies are off. */
export async function openPolicyEngine({
	config,
	metrics,
}: Pick<Needed, "config" | "metrics">): Promise<OpenedEngine | undefined> {
	if (config.policy === null) return undefined;
	return await openEngine(config.policy.engine, createPolicyMetrics(metrics));
}

/** Opens the gate of the plans that this process runs. */
export async function openPolicyGate(parts: Needed): Promise<PolicyGate> {
	const { config, metrics, mongo, redis, log, workers, lifecycle } = parts;
	const { policy: settings } = config;
	if (settings === null || parts.policyEngine === undefined) return noPolicy;
	const counted = createPolicyMetrics(metrics);
	const audit = await lifecycle.start(
		"authorization audit",
		async () => createAuditBuffer({ mongo, log, ...counted }),
		(it) => it.close(),
	);
	const { severities, shadowBundle } = settings;
	const { engine } = parts.policyEngine;
	return createPolicyGate({
		...{ settings, engine },
		...(hasFeature(config, "embedded_policy") && {
			evaluate: evaluateByArm(
				{
					usual: engine,
					embedded: await openEmbedded(config.features.policyBundle),
				},
				parts.featureArms,
			),
		}),
		verifyToken: createVerifyToken(settings.jwksUrl),
		workload: createWorkload(workers, () => parts.predictor?.accuracy ?? null),
		requests: createTenantRequests(redis),
		audit,
		observer: counted,
		...(shadowBundle !== null && {
			shadow: createShadow({
				engine: await openBundle(shadowBundle),
				severities,
				flagsPath: settings.paths.featureFlags,
				audit,
				log,
				onDifference: counted.shadowDiffers,
			}),
		}),
	});
}
