import type { EvaluateFor } from "../../src/policy/canary-engine.ts";
import type { PolicyEngine } from "../../src/policy/engine.ts";
import { openEngine } from "../../src/policy/open-engine.ts";
import { createPolicyGate } from "../../src/policy/policy-gate.ts";
import type { PolicySettings } from "../../src/policy/policy-settings.ts";
import type {
	AuthorizationRecord,
	WorkloadFacts,
} from "../../src/policy/ports.ts";
import type { ShadowPolicies } from "../../src/policy/shadow.ts";
import { createVerifyToken } from "../../src/policy/verify-token.ts";
import { createPolicyMetrics } from "../../src/telemetry/count-policies.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { configured } from "./configured.ts";

/** The settings of policies in an environment. */
export function policySettingsOf(
	env: Readonly<Record<string, string>> = {},
): PolicySettings {
	const { policy } = configured(env);
	if (policy === null) throw new Error("policies are off");
	return policy;
}

/** A gate of the given settings, what it wrote to the audit, and what it counted. */
export async function openGate(
	env: Readonly<Record<string, string>> = {},
	{
		workload = { current_load: null, queue_depth: null, model_accuracy: null },
		requestCount = 0,
		shadow,
		engine,
		evaluate,
	}: {
		workload?: WorkloadFacts;
		/** null: nobody can count. */
		requestCount?: number | null;
		shadow?: ShadowPolicies;
		engine?: PolicyEngine;
		evaluate?: EvaluateFor;
	} = {},
) {
	const settings = policySettingsOf(env);
	const records: AuthorizationRecord[] = [];
	const metrics = createMetrics();
	const observer = createPolicyMetrics(metrics);
	const opened = engine ?? (await openEngine(settings.engine, observer)).engine;
	const gate = createPolicyGate({
		settings,
		engine: opened,
		verifyToken: createVerifyToken(settings.jwksUrl),
		workload: { read: async () => workload },
		requests: {
			count: async () => requestCount,
			read: async () => requestCount,
		},
		audit: { add: (more) => void records.push(...more) },
		observer,
		...(shadow && { shadow }),
		...(evaluate && { evaluate }),
	});
	return { gate, records, metrics, settings };
}
