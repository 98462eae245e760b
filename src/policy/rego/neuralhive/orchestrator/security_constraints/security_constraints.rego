# Who may have what executed. Tokens are verified before: `context.jwt` has the finding and the claims.
package neuralhive.orchestrator.security_constraints

import data.neuralhive.orchestrator.terms

default allow := false

# Without a resource there is no decision to allow.
allow if {
	input.resource
	not has_blocking(violations)
}

warnings := []

security_context := {
	"tenant_id": object.get(input, ["context", "tenant_id"], "default"),
	"user_id": object.get(input, ["context", "user_id"], "system"),
	"authenticated": jwt_status(input) == "verified",
	"authorized": allow,
	"timestamp": object.get(input, ["context", "current_time"], 0),
}

violations contains violation("cross_tenant_access", "critical", {
	"field": "tenant_id",
	"msg": sprintf("tenant %v is not one of the allowed tenants", [tenant]),
	"expected": allowed,
	"actual": tenant,
}) if {
	allowed := input.security.allowed_tenants
	count(allowed) > 0
	tenant := object.get(input, ["resource", "tenant_id"], "")
	not tenant in allowed
}

violations contains violation("missing_authentication", "critical", {
	"field": "jwt_token",
	"msg": "there is no token, and one is required",
	"expected": "a token",
	"actual": "none",
}) if {
	input.security.spiffe_enabled
	jwt_status(input) == "absent"
}

# The signature is not of a known key, or it is no token at all.
violations contains violation("invalid_jwt", "critical", {
	"field": "jwt_token",
	"msg": sprintf("the token is %s", [status]),
	"expected": "verified",
	"actual": status,
}) if {
	status := jwt_status(input)
	status in ["malformed", "unverified"]
}

violations contains violation("jwt_jwks_unavailable", "critical", {
	"field": "jwt_token",
	"msg": "no keys are configured by which the token could be verified",
	"expected": "verified",
	"actual": "no_keys",
}) if {
	jwt_status(input) == "no_keys"
	not input.security.jwt_allow_unsigned_fallback
}

violations contains violation("jwt_expired", "critical", {
	"field": "jwt_token.exp",
	"msg": "the token had expired when the plan came",
	"expected": sprintf(">=%v", [came_at(input)]),
	"actual": actual,
}) if {
	actual := input.context.jwt.claims.exp * 1000
	actual < came_at(input)
}

violations contains violation("jwt_expired", "critical", {
	"field": "jwt_token.exp",
	"msg": "the token does not say in seconds when it expires",
	"expected": "a number",
	"actual": actual,
}) if {
	actual := input.context.jwt.claims.exp
	actual != null
	not is_number(actual)
}

violations contains violation("jwt_not_yet_valid", "critical", {
	"field": "jwt_token.nbf",
	"msg": "the token was not valid yet when the plan came",
	"expected": sprintf("<=%v", [latest]),
	"actual": actual,
}) if {
	latest := came_at(input) + clock_tolerance_ms
	actual := input.context.jwt.claims.nbf
	actual != null
	not has_begun(actual, latest)
}

violations contains violation("jwt_invalid_tenant", "critical", {
	"field": "jwt_token.tenant_id",
	"msg": "the token is for another tenant than the plan",
	"expected": tenant,
	"actual": actual,
}) if {
	input.context.names_tenant
	tenant := input.context.tenant_id
	actual := input.context.jwt.claims.tenant_id
	actual != null
	actual != tenant
}

violations contains violation("jwt_invalid_issuer", "high", {
	"field": "jwt_token.iss",
	"msg": "the token is from another issuer",
	"expected": issuer,
	"actual": actual,
}) if {
	issuer := input.security.jwt_issuer
	issuer != null
	has_claims(input)
	actual := object.get(input.context.jwt.claims, "iss", null)
	actual != issuer
}

violations contains violation("jwt_invalid_audience", "high", {
	"field": "jwt_token.aud",
	"msg": "the token is for another audience",
	"expected": audience,
	"actual": actual,
}) if {
	audience := input.security.jwt_audience
	audience != null
	has_claims(input)
	actual := object.get(input.context.jwt.claims, "aud", null)
	not is_for(actual, audience)
}

violations contains violation("jwt_invalid_spiffe_id", "critical", {
	"field": "jwt_token.sub",
	"msg": "the token's subject is not of the trust domain",
	"expected": prefix,
	"actual": actual,
}) if {
	domain := input.security.spiffe_trust_domain
	domain != null
	has_claims(input)
	prefix := sprintf("spiffe://%s/", [domain])
	actual := object.get(input.context.jwt.claims, "sub", "")
	not startswith(actual, prefix)
}

violations contains violation("jwt_missing_required_claims", "critical", {
	"field": sprintf("jwt_token.%s", [name]),
	"msg": sprintf("the token has no claim %s", [name]),
	"expected": name,
	"actual": null,
}) if {
	has_claims(input)
	some name in ["sub", "exp", "iat", "tenant_id", "roles"]
	object.get(input.context.jwt.claims, name, null) == null
}

# Somebody without any role is not judged by roles.
violations contains violation("insufficient_permissions", "high", {
	"field": need.field,
	"msg": sprintf("no role of %s grants capability %s", [user, need.capability]),
	"expected": need.capability,
	"actual": roles,
}) if {
	user := input.context.user_id
	roles := input.security.rbac_roles[user]
	count(roles) > 0
	granted := {capability |
		some role in roles
		some capability in terms.capabilities_of_roles[role]
	}
	not "*" in granted
	some need in terms.lacking(input.resource, granted)
}

violations contains violation("pii_handling_violation", "high", {
	"field": "data_classification",
	"msg": "personal data must be classified as confidential",
	"expected": ["confidential", "restricted"],
	"actual": actual,
}) if {
	input.resource.contains_pii
	actual := object.get(input.resource, "data_classification", null)
	not actual in ["confidential", "restricted"]
}

violations contains violation("tenant_rate_limit_exceeded", "medium", {
	"field": "request_count_last_minute",
	"msg": sprintf("tenant %s asked %v times within a minute", [tenant, actual]),
	"expected": limit,
	"actual": actual,
}) if {
	tenant := input.context.tenant_id
	limit := rate_limit(input.security, tenant)
	actual := input.context.request_count_last_minute
	actual > limit
}

jwt_status(asked) := object.get(asked, ["context", "jwt", "status"], "absent")

# Clocks of those who issue tokens differ by so much.
clock_tolerance_ms := 60000

# A token has to be valid when the plan comes, not for as long as the plan runs.
came_at(asked) := object.get(asked, ["context", "received_at_ms"], asked.context.current_time)

has_begun(seconds, latest_ms) if {
	is_number(seconds)
	seconds * 1000 <= latest_ms
}

has_claims(asked) if is_object(asked.context.jwt.claims)

# An audience may be one text or several.
is_for(actual, audience) if actual == audience

is_for(actual, audience) if audience in actual

# The tenant's own limit, else the one of all tenants, else the global one.
rate_limit(security, tenant) := limits[0] if {
	limits := [limit |
		some limit in [
			object.get(security, ["tenant_rate_limits", tenant], null),
			object.get(security, "default_tenant_rate_limit", null),
			object.get(security, "global_rate_limit", null),
		]
		limit != null
	]
}

has_blocking(found) if {
	some one in found
	one.severity in ["critical", "high"]
}

violation(rule, severity, facts) := object.union(facts, {
	"policy": "security_constraints",
	"rule": rule,
	"severity": severity,
})
