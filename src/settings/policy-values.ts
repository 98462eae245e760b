import type { Settings } from "../config-schema.ts";
import type { Severity } from "../domain/policy-words.ts";
import type {
	EngineSettings,
	PolicySettings,
} from "../policy/policy-settings.ts";

/** The settings of policies as a gate needs them; null when policies are off. */
export function policyValues(env: Settings): PolicySettings | null {
	if (!env.OPA_ENABLED) return null;
	return {
		engine: engineOf(env),
		shadowBundle: env.OPA_SHADOW_BUNDLE ?? null,
		failOpen: env.OPA_FAIL_OPEN,
		paths: {
			resourceLimits: env.OPA_POLICY_RESOURCE_LIMITS,
			slaEnforcement: env.OPA_POLICY_SLA_ENFORCEMENT,
			featureFlags: env.OPA_POLICY_FEATURE_FLAGS,
			securityConstraints: env.OPA_SECURITY_ENABLED
				? env.OPA_POLICY_SECURITY_CONSTRAINTS
				: null,
		},
		severities: severitiesOf(env),
		jwksUrl: env.OPA_JWT_JWKS_URL ?? null,
		sensitiveParameters: listOf(env.SENSITIVE_PARAMETERS),
		parameters: {
			max_concurrent_tickets:
				env.OPA_MAX_CONCURRENT_TICKETS ?? env.PLAN_MAX_TASKS,
			allowed_capabilities: listOf(env.OPA_ALLOWED_CAPABILITIES),
			timeout_limits_ms: numbersOf(env.OPA_TIMEOUT_LIMITS_MS),
		},
		flags: flagsOf(env),
		security: securityOf(env),
	};
}

function engineOf(env: Settings): EngineSettings {
	const { OPA_HOST: host } = env;
	if (host === undefined)
		return { kind: "embedded", bundle: env.OPA_BUNDLE ?? null };
	const named = /^https?:\/\//.test(host) ? host : `http://${host}`;
	return {
		kind: "server",
		url: `${named.replace(/\/+$/, "")}:${env.OPA_PORT}`,
		timeoutMs: env.OPA_TIMEOUT_SECONDS * 1_000,
		retryAttempts: env.OPA_RETRY_ATTEMPTS,
		cacheTtlMs: env.OPA_CACHE_TTL_SECONDS * 1_000,
		circuit: {
			enabled: env.OPA_CIRCUIT_BREAKER_ENABLED,
			failureThreshold: env.OPA_CIRCUIT_BREAKER_FAILURE_THRESHOLD,
			resetMs: env.OPA_CIRCUIT_BREAKER_RESET_TIMEOUT * 1_000,
		},
	};
}

function severitiesOf(env: Settings): PolicySettings["severities"] {
	const byRule = pairsOf(env.OPA_RULE_SEVERITIES) as Record<string, Severity>;
	const blocking = listOf(env.OPA_BLOCKING_SEVERITIES) as Severity[];
	if (env.OPA_TIMEOUT_LIMITS_MS === undefined) return { blocking, byRule };
	// Limits that somebody has set are meant.
	const { timeout_exceeds_maximum: _, ...others } = byRule;
	return { blocking, byRule: others };
}

function flagsOf(env: Settings): PolicySettings["flags"] {
	const [start = 0, end = 24] = env.OPA_BUSINESS_HOURS.split("-").map(Number);
	return {
		intelligent_scheduler_enabled: env.OPA_INTELLIGENT_SCHEDULER_ENABLED,
		scheduler_namespaces: listOf(env.OPA_SCHEDULER_NAMESPACES),
		gradual_rollout: env.OPA_GRADUAL_ROLLOUT,
		burst_capacity_enabled: env.OPA_BURST_CAPACITY_ENABLED,
		burst_threshold: env.OPA_BURST_THRESHOLD,
		premium_tenants: listOf(env.OPA_PREMIUM_TENANTS),
		predictive_allocation_enabled: env.OPA_PREDICTIVE_ALLOCATION_ENABLED,
		auto_scaling_enabled: env.OPA_AUTO_SCALING_ENABLED,
		scaling_threshold: env.OPA_SCALING_THRESHOLD,
		business_hours: { start, end },
		early_access_tenants: listOf(env.OPA_EARLY_ACCESS_TENANTS),
	};
}

function securityOf(env: Settings): PolicySettings["security"] {
	const roles = Object.entries(pairsOf(env.OPA_RBAC_ROLES));
	return {
		spiffe_enabled: env.OPA_SPIFFE_ENABLED,
		spiffe_trust_domain: env.OPA_SPIFFE_TRUST_DOMAIN ?? null,
		jwt_issuer: env.OPA_JWT_ISSUER ?? null,
		jwt_audience: env.OPA_JWT_AUDIENCE ?? null,
		jwt_allow_unsigned_fallback: env.OPA_JWT_ALLOW_UNSIGNED,
		allowed_tenants: listOf(env.OPA_ALLOWED_TENANTS),
		rbac_roles: Object.fromEntries(
			roles.map(([user, names]) => [user, names.split("+")]),
		),
		tenant_rate_limits: numbersOf(env.OPA_TENANT_RATE_LIMITS),
		default_tenant_rate_limit: env.OPA_DEFAULT_TENANT_RATE_LIMIT ?? null,
		global_rate_limit: env.OPA_GLOBAL_RATE_LIMIT ?? null,
	};
}

function listOf(text = ""): string[] {
	return text
		.split(",")
		.map((part) => part.trim())
		.filter((part) => part !== "");
}

function pairsOf(text?: string): Record<string, string> {
	const pairs = listOf(text).map((pair) => pair.split("=", 2));
	return Object.fromEntries(pairs) as Record<string, string>;
}

function numbersOf(text?: string): Record<string, number> {
	const pairs = Object.entries(pairsOf(text));
	return Object.fromEntries(
		pairs.map(([name, value]) => [name, Number(value)]),
	);
}
