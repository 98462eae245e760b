import { Type } from "typebox";
import { count, flag, optionalText } from "./setting.ts";

const policyPath = (name: string) =>
	Type.String({
		pattern: "^[A-Za-z_]\\w*(/[A-Za-z_]\\w*)+$",
		rule: "a package's path, as neuralhive/orchestrator/resource_limits",
		default: `neuralhive/orchestrator/${name}`,
		description: `Package that is asked for ${name}`,
		example: `own/${name}`,
	});

/** `name=value,name=value`. */
const pairs = (
	value: string,
	rule: string,
	description: string,
	example: string,
) =>
	Type.Optional(
		Type.String({
			pattern: `^\\s*([^=,\\s]+=${value}(\\s*,\\s*[^=,\\s]+=${value})*)?\\s*$`,
			rule,
			description,
			example,
		}),
	);

const severity = "(critical|high|medium|low)";

/** What policies are asked, where, and with which limits (docs/policies.md). */
export const policySettings = {
	OPA_ENABLED: flag(
		true,
		"Ask policies; off, every plan shows not configured in its field policy",
	),
	OPA_HOST: optionalText(
		"OPA server that is asked, with https:// before it for TLS; unset: the policies embedded in this process",
		"opa",
	),
	OPA_PORT: count(8_181, 65_535, "Port of the OPA server"),
	OPA_TIMEOUT_SECONDS: Type.Number({
		minimum: 0.01,
		maximum: 60,
		default: 2,
		description:
			"Limit of one request to the OPA server; a question with all its tries takes 2.5 s at most",
		example: "2",
	}),
	OPA_RETRY_ATTEMPTS: count(
		3,
		10,
		"Tries after the first, when the OPA server does not answer",
		0,
	),
	OPA_CACHE_TTL_SECONDS: count(
		30,
		3_600,
		"How long an answer of the OPA server is used for the same question at another time; 0: never",
		0,
	),
	OPA_FAIL_OPEN: flag(
		false,
		"Without a decision, go on and mark the plan unchecked; off: the plan waits",
	),
	OPA_CIRCUIT_BREAKER_ENABLED: flag(
		true,
		"Leave an OPA server alone that has failed several times after each other",
	),
	OPA_CIRCUIT_BREAKER_FAILURE_THRESHOLD: count(
		5,
		1_000,
		"Failures after which that begins",
	),
	OPA_CIRCUIT_BREAKER_RESET_TIMEOUT: count(
		10,
		3_600,
		"Seconds after which one request tries again",
	),
	OPA_BUNDLE: optionalText(
		"Own policies as opa build -t wasm writes them (bundle.tar.gz or policy.wasm), in place of the embedded ones",
		"/etc/policies/bundle.tar.gz",
	),
	OPA_SHADOW_BUNDLE: optionalText(
		"Policies that are evaluated beside the others and never enforced; where they differ is counted and listed",
		"/etc/policies/next.tar.gz",
	),
	OPA_POLICY_RESOURCE_LIMITS: policyPath("resource_limits"),
	OPA_POLICY_SLA_ENFORCEMENT: policyPath("sla_enforcement"),
	OPA_POLICY_FEATURE_FLAGS: policyPath("feature_flags"),
	OPA_POLICY_SECURITY_CONSTRAINTS: policyPath("security_constraints"),
	OPA_SECURITY_ENABLED: flag(true, "Ask the package security_constraints too"),
	OPA_BLOCKING_SEVERITIES: Type.String({
		pattern: `^\\s*(${severity}(\\s*,\\s*${severity})*)?\\s*$`,
		rule: "some of critical, high, medium, low, separated by commas",
		default: "critical,high",
		description: "Severities that forbid a plan or a ticket; the others warn",
		example: "critical,high",
	}),
	OPA_RULE_SEVERITIES: Type.String({
		pattern: `^\\s*(\\w+=${severity}(\\s*,\\s*\\w+=${severity})*)?\\s*$`,
		rule: "rule=severity, separated by commas",
		default:
			"timeout_exceeds_maximum=medium,deadline_in_past=medium,timeout_insufficient=medium",
		description:
			"Severities of single rules, whatever their policy says: by default time-outs, which the service itself sets, and tickets that are late warn",
		example: "deadline_in_past=critical",
	}),
	OPA_TIMEOUT_LIMITS_MS: pairs(
		"\\d{1,12}",
		"band=milliseconds, separated by commas",
		"Limits of timeout_exceeds_maximum by risk band, in place of 7200000, 3600000, 1800000, 900000; once set, the rule has its own severity (high)",
		"critical=7200000,low=900000",
	),
	OPA_MAX_CONCURRENT_TICKETS: Type.Optional(
		Type.Integer({
			minimum: 1,
			maximum: 1_000_000,
			description: "Tickets a plan may have; unset: PLAN_MAX_TASKS",
			example: "100",
		}),
	),
	OPA_ALLOWED_CAPABILITIES: optionalText(
		"Capabilities a task may need, separated by commas; unset: all",
		"code_generation,deployment,testing,validation",
	),
	OPA_INTELLIGENT_SCHEDULER_ENABLED: flag(
		true,
		"Policies may give a plan the intelligent scheduler",
	),
	OPA_SCHEDULER_NAMESPACES: Type.String({
		default: "default,production,staging",
		description: "Namespaces whose plans get it",
		example: "production,staging",
	}),
	OPA_GRADUAL_ROLLOUT: flag(
		false,
		"Give it to plans of the bands high and critical only",
	),
	OPA_BURST_CAPACITY_ENABLED: flag(
		true,
		"Policies may give a plan burst capacity",
	),
	OPA_BURST_THRESHOLD: Type.Number({
		minimum: 0,
		maximum: 1,
		default: 0.8,
		description: "Load of all workers (0 to 1) below which they do",
		example: "0.8",
	}),
	OPA_PREMIUM_TENANTS: optionalText(
		"Tenants whose plans get burst capacity in every band, separated by commas",
		"gold",
	),
	OPA_PREDICTIVE_ALLOCATION_ENABLED: flag(
		false,
		"Policies may give a plan predictive allocation",
	),
	OPA_AUTO_SCALING_ENABLED: flag(
		false,
		"Policies may give a plan the hint to scale",
	),
	OPA_SCALING_THRESHOLD: count(
		100,
		10_000_000,
		"Tickets that wait in front of the workers above which they do",
		0,
	),
	OPA_BUSINESS_HOURS: Type.String({
		pattern: "^([01]?\\d|2[0-3])-([01]?\\d|2[0-4])$",
		rule: "two hours of the day, as 8-18",
		default: "8-18",
		description: "Hours (UTC, Monday to Friday) in which they give it",
		example: "8-18",
	}),
	OPA_EARLY_ACCESS_TENANTS: optionalText(
		"Tenants whose plans get experimental features, separated by commas",
		"curious",
	),
	OPA_ALLOWED_TENANTS: optionalText(
		"Tenants whose plans may run, separated by commas; unset: all",
		"gold,silver",
	),
	OPA_RBAC_ROLES: pairs(
		"[\\w+]+",
		"user=role+role, separated by commas",
		"Roles (admin, developer, viewer) of those who submit plans; who has none is not judged by roles",
		"dev@example.com=developer",
	),
	OPA_TENANT_RATE_LIMITS: pairs(
		"\\d{1,9}",
		"tenant=plans, separated by commas",
		"Plans that single tenants may submit within a minute",
		"gold=1000",
	),
	OPA_DEFAULT_TENANT_RATE_LIMIT: Type.Optional(
		Type.Integer({
			minimum: 1,
			maximum: 1_000_000,
			description: "The same of every other tenant; unset: no limit",
			example: "100",
		}),
	),
	OPA_GLOBAL_RATE_LIMIT: Type.Optional(
		Type.Integer({
			minimum: 1,
			maximum: 1_000_000,
			description: "The same where neither of the two is set",
			example: "1000",
		}),
	),
	OPA_JWT_JWKS_URL: Type.Optional(
		Type.String({
			pattern: "^https?://\\S+$",
			rule: "an address, http or https",
			description:
				"Keys by which the token of a plan (metadata.jwt_token of its decision) is verified",
			example: "https://issuer.example.com/.well-known/jwks.json",
		}),
	),
	OPA_JWT_ISSUER: optionalText(
		"Issuer that such a token must name",
		"https://issuer.example.com",
	),
	OPA_JWT_AUDIENCE: optionalText(
		"Audience that such a token must be for",
		"orchestrator",
	),
	OPA_JWT_ALLOW_UNSIGNED: flag(
		false,
		"Accept tokens that nothing can verify while OPA_JWT_JWKS_URL is not set",
	),
	OPA_SPIFFE_ENABLED: flag(false, "Plans without a token may not run"),
	OPA_SPIFFE_TRUST_DOMAIN: optionalText(
		"Trust domain that the subject of a token must be of",
		"example.org",
	),
};
