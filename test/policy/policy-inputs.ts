/** One case of the table that both engines must answer the same. */
export interface PolicyCase {
	name: string;
	/** The only rules that fire, as `package/rule`. */
	fires: string[];
	resource?: Record<string, unknown>;
	context?: Record<string, unknown>;
	parameters?: Record<string, unknown>;
	security?: Record<string, unknown>;
	flags?: Record<string, unknown>;
}

/** Monday, 30 November 2026, 09:00 UTC. */
export const NOW_MS = 1_796_029_200_000;
const HOUR_MS = 3_600_000;

const ticket = {
	ticket_id: "5b4d1c5e-0000-5000-8000-000000000001",
	plan_id: "plan-1",
	task_id: "build",
	tenant_id: "gold",
	risk_band: "critical",
	priority: "CRITICAL",
	sla: { deadline: NOW_MS + HOUR_MS, timeout_ms: 120_000, max_retries: 5 },
	qos: { delivery_mode: "EXACTLY_ONCE", consistency: "STRONG" },
	estimated_duration_ms: 60_000,
	required_capabilities: ["testing"],
	parameters: { note: 'ünïcödé \u2028 "quoted"' },
};
const claims = {
	sub: "spiffe://example.org/planner",
	exp: NOW_MS / 1_000 + 60,
	iat: NOW_MS / 1_000 - 60,
	iss: "https://issuer.example.org",
	aud: ["orchestrator"],
	tenant_id: "gold",
	roles: ["developer"],
};
const context = {
	current_time: NOW_MS,
	tenant_id: "gold",
	user_id: "dev@example.org",
	namespace: "production",
	request_count_last_minute: 1,
	total_tickets: 10,
	current_load: 0.5,
	queue_depth: 200,
	model_accuracy: null,
	jwt: { status: "verified", claims },
};
const parameters = {
	max_concurrent_tickets: 100,
	allowed_capabilities: ["testing", "deployment"],
	timeout_limits_ms: {},
};
const security = {
	spiffe_enabled: true,
	spiffe_trust_domain: "example.org",
	jwt_issuer: "https://issuer.example.org",
	jwt_audience: "orchestrator",
	jwt_allow_unsigned_fallback: false,
	allowed_tenants: ["gold"],
	rbac_roles: { "dev@example.org": ["developer"] },
	tenant_rate_limits: { gold: 100 },
	default_tenant_rate_limit: null,
	global_rate_limit: null,
};
const flags = {
	intelligent_scheduler_enabled: true,
	burst_capacity_enabled: true,
	burst_threshold: 0.8,
	predictive_allocation_enabled: true,
	auto_scaling_enabled: true,
	scaling_threshold: 100,
	scheduler_namespaces: ["production"],
	premium_tenants: [],
	early_access_tenants: [],
	gradual_rollout: false,
	business_hours: { start: 8, end: 18 },
};

/** The whole input of a case. */
export function inputOf(asked: PolicyCase): Record<string, unknown> {
	return {
		resource: { ...ticket, ...asked.resource },
		context: { ...context, ...asked.context },
		parameters: { ...parameters, ...asked.parameters },
		security: { ...security, ...asked.security },
		flags: { ...flags, ...asked.flags },
	};
}

const sla = (changes: object) => ({ sla: { ...ticket.sla, ...changes } });
const qos = (changes: object) => ({ qos: { ...ticket.qos, ...changes } });
const jwt = (status: string, changes: object = {}) => ({
	jwt: { status, claims: { ...claims, ...changes } },
});

/** Every rule fires in one of these. */
export const policyCases: PolicyCase[] = [
	{ name: "a sound ticket", fires: [] },
	{
		name: "a time-out above the band's limit",
		resource: sla({ timeout_ms: 7_200_001, deadline: NOW_MS + 3 * HOUR_MS }),
		fires: ["resource_limits/timeout_exceeds_maximum"],
	},
	// The earlier service's cases, by value.
	{
		name: "a ticket of high risk: 60 s, 3 retries, an estimate of 30 s",
		resource: {
			...{ risk_band: "high", priority: "HIGH", estimated_duration_ms: 30_000 },
			...sla({ timeout_ms: 60_000, max_retries: 3 }),
		},
		fires: [],
	},
	{
		name: "the same with two hours",
		resource: {
			...{ risk_band: "high", priority: "HIGH" },
			...sla({
				...{ timeout_ms: 7_200_000, max_retries: 3 },
				deadline: NOW_MS + 3 * HOUR_MS,
			}),
		},
		fires: ["resource_limits/timeout_exceeds_maximum"],
	},
	{
		name: "too many retries",
		resource: sla({ max_retries: 6 }),
		fires: ["resource_limits/retries_exceed_maximum"],
	},
	{
		name: "an estimate below a second",
		resource: { estimated_duration_ms: 999 },
		fires: ["resource_limits/estimated_duration_unrealistic"],
	},
	{
		name: "an estimate as long as the time-out, and half of that missing",
		resource: { estimated_duration_ms: 120_000 },
		fires: [
			"resource_limits/estimated_duration_unrealistic",
			"sla_enforcement/timeout_insufficient",
		],
	},
	{
		name: "a capability that is not on the list",
		resource: { required_capabilities: ["testing", "deployment"] },
		parameters: { allowed_capabilities: ["testing"] },
		security: { rbac_roles: {} },
		fires: ["resource_limits/capabilities_not_allowed"],
	},
	{
		name: "too many tickets",
		context: { total_tickets: 101 },
		fires: ["resource_limits/concurrent_tickets_limit"],
	},
	{
		name: "a deadline that has passed",
		resource: sla({ deadline: NOW_MS - 1 }),
		fires: ["sla_enforcement/deadline_in_past"],
	},
	{
		name: "a deadline in eight days",
		resource: sla({ deadline: NOW_MS + 8 * 24 * HOUR_MS }),
		fires: ["sla_enforcement/deadline_too_far"],
	},
	{
		name: "a deadline that is near",
		resource: sla({ deadline: NOW_MS + 1_000 }),
		fires: ["sla_enforcement/deadline_approaching_threshold"],
	},
	{
		name: "a delivery that is too weak for the band",
		resource: qos({ delivery_mode: "AT_LEAST_ONCE" }),
		fires: ["sla_enforcement/qos_mismatch_risk_band"],
	},
	{
		name: "a consistency that is too weak for the band",
		resource: qos({ consistency: "EVENTUAL" }),
		fires: ["sla_enforcement/qos_mismatch_risk_band"],
	},
	{
		name: "a priority below the band's",
		resource: { priority: "NORMAL" },
		fires: ["sla_enforcement/priority_mismatch_risk_band"],
	},
	{
		name: "another tenant",
		resource: { tenant_id: "silver" },
		fires: ["security_constraints/cross_tenant_access"],
	},
	{
		name: "no token where one is required",
		context: { jwt: { status: "absent", claims: null } },
		fires: ["security_constraints/missing_authentication"],
	},
	{
		name: "a token of nobody known",
		context: jwt("unverified"),
		fires: ["security_constraints/invalid_jwt"],
	},
	{
		name: "a token without keys to verify it by",
		context: jwt("no_keys"),
		fires: ["security_constraints/jwt_jwks_unavailable"],
	},
	{
		name: "a token that has expired",
		context: jwt("verified", { exp: NOW_MS / 1_000 - 1 }),
		fires: ["security_constraints/jwt_expired"],
	},
	{
		name: "a token that expires while the plan runs",
		context: {
			current_time: NOW_MS,
			received_at_ms: NOW_MS - HOUR_MS,
			...jwt("verified", { exp: NOW_MS / 1_000 - 1 }),
		},
		fires: [],
	},
	{
		name: "a token that is not valid yet",
		context: jwt("verified", { nbf: NOW_MS / 1_000 + 3_600 }),
		fires: ["security_constraints/jwt_not_yet_valid"],
	},
	{
		name: "a token for another tenant",
		context: {
			names_tenant: true,
			...jwt("verified", { tenant_id: "silver" }),
		},
		fires: ["security_constraints/jwt_invalid_tenant"],
	},
	{
		name: "a token for a tenant, and a plan that names none",
		context: jwt("verified", { tenant_id: "silver" }),
		fires: [],
	},
	{
		name: "a token of another issuer",
		context: jwt("verified", { iss: "https://elsewhere.example.org" }),
		fires: ["security_constraints/jwt_invalid_issuer"],
	},
	{
		name: "a token for another audience",
		context: jwt("verified", { aud: "somebody" }),
		fires: ["security_constraints/jwt_invalid_audience"],
	},
	{
		name: "a subject of another trust domain",
		context: jwt("verified", { sub: "spiffe://other.example.org/x" }),
		fires: ["security_constraints/jwt_invalid_spiffe_id"],
	},
	{
		name: "a token without roles",
		context: jwt("verified", { roles: null }),
		fires: ["security_constraints/jwt_missing_required_claims"],
	},
	{
		name: "a role that does not grant the capability",
		resource: { required_capabilities: ["deployment"] },
		fires: ["security_constraints/insufficient_permissions"],
	},
	{
		name: "personal data that is public",
		resource: { contains_pii: true, data_classification: "public" },
		fires: ["security_constraints/pii_handling_violation"],
	},
	{
		name: "a tenant that asks too often",
		context: { request_count_last_minute: 150 },
		fires: ["security_constraints/tenant_rate_limit_exceeded"],
	},
	{
		name: "a band that nobody knows",
		resource: {
			risk_band: "extreme",
			sla: { ...ticket.sla, timeout_ms: 900_001 },
		},
		fires: [
			"resource_limits/timeout_exceeds_maximum",
			"resource_limits/retries_exceed_maximum",
		],
	},
];
