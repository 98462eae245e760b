import type { SeverityRules } from "../domain/policy-verdict.ts";
import type { FeatureFlags } from "../domain/policy-words.ts";

/** Where policies are evaluated. */
export type EngineSettings =
	/** null: the policies that belong to the service. */
	| { kind: "embedded"; bundle: string | null }
	| {
			kind: "server";
			url: string;
			timeoutMs: number;
			retryAttempts: number;
			cacheTtlMs: number;
			circuit: { enabled: boolean; failureThreshold: number; resetMs: number };
	  };

/** What `security_constraints` reads as `input.security`. */
export interface SecurityParameters {
	spiffe_enabled: boolean;
	spiffe_trust_domain: string | null;
	jwt_issuer: string | null;
	jwt_audience: string | null;
	jwt_allow_unsigned_fallback: boolean;
	allowed_tenants: string[];
	rbac_roles: Record<string, string[]>;
	tenant_rate_limits: Record<string, number>;
	default_tenant_rate_limit: number | null;
	global_rate_limit: number | null;
}

/** Everything a gate needs to know of the configuration; plain data. */
export interface PolicySettings {
	engine: EngineSettings;
	shadowBundle: string | null;
	failOpen: boolean;
	paths: {
		resourceLimits: string;
		slaEnforcement: string;
		featureFlags: string;
		/** null: it is not asked. */
		securityConstraints: string | null;
	};
	severities: SeverityRules;
	jwksUrl: string | null;
	/** Patterns of parameters whose values no policy is shown. */
	sensitiveParameters: readonly string[];
	/** The parts of the input that every question has. */
	parameters: Record<string, unknown>;
	flags: Record<string, unknown>;
	security: SecurityParameters;
}

/** What a plan gets that nobody could decide about. */
export const flagsWithoutDecision: FeatureFlags = {
	enable_intelligent_scheduler: true,
	enable_burst_capacity: false,
	enable_predictive_allocation: false,
	enable_auto_scaling: false,
	enable_experimental_features: false,
};
