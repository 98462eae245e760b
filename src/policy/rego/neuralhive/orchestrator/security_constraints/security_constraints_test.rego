package neuralhive.orchestrator.security_constraints_test

import data.neuralhive.orchestrator.security_constraints

now := 1800000000000

claims := {
	"sub": "spiffe://example.org/planner",
	"exp": 1800000060,
	"iat": 1799999940,
	"iss": "https://issuer.example.org",
	"aud": ["orchestrator"],
	"tenant_id": "gold",
	"roles": ["developer"],
}

context := {
	"tenant_id": "gold",
	"user_id": "dev@example.org",
	"current_time": now,
	"jwt": {"status": "verified", "claims": claims},
	"request_count_last_minute": 1,
}

security := {
	"spiffe_enabled": true,
	"spiffe_trust_domain": "example.org",
	"jwt_issuer": "https://issuer.example.org",
	"jwt_audience": "orchestrator",
	"jwt_allow_unsigned_fallback": false,
	"allowed_tenants": ["gold"],
	"rbac_roles": {"dev@example.org": ["developer"], "viewer@example.org": ["viewer"], "admin@example.org": ["admin"]},
	"tenant_rate_limits": {"gold": 100},
	"default_tenant_rate_limit": 50,
	"global_rate_limit": 1000,
}

resource := {"tenant_id": "gold", "required_capabilities": ["testing"]}

asked(changes) := object.union({"resource": resource, "context": context, "security": security}, changes)

without(name) := object.union(
	asked({}),
	{"context": {"jwt": {"claims": {name: null}}}},
)

claiming(changes) := asked({"context": {"jwt": {"claims": changes}}})

fired(document) := {[rule, severity] |
	some found in security_constraints.violations with input as document
	rule := found.rule
	severity := found.severity
}

test_a_verified_token_is_allowed if {
	security_constraints.allow with input as asked({})
	security_constraints.warnings == []
}

test_without_a_resource_nothing_is_allowed if not security_constraints.allow with input as {}

test_the_context_is_always_defined if {
	security_constraints.security_context == {
		"tenant_id": "gold",
		"user_id": "dev@example.org",
		"authenticated": true,
		"authorized": true,
		"timestamp": now,
	} with input as asked({})
	security_constraints.security_context == {
		"tenant_id": "default",
		"user_id": "system",
		"authenticated": false,
		"authorized": false,
		"timestamp": 0,
	} with input as {}
}

test_cross_tenant_access if {
	fired(asked({"resource": {"tenant_id": "other"}})) == {["cross_tenant_access", "critical"]}
}

test_a_critical_violation_forbids if {
	not security_constraints.allow with input as asked({"resource": {"tenant_id": "other"}})
}

test_a_resource_without_a_tenant_is_of_none_of_them if {
	document := {"resource": {}, "context": context, "security": security}
	fired(document) == {["cross_tenant_access", "critical"]}
}

test_no_list_allows_every_tenant if {
	document := {"resource": {"tenant_id": "other"}, "context": {}, "security": {"allowed_tenants": []}}
	security_constraints.allow with input as document
}

test_missing_authentication if {
	document := {"resource": resource, "context": {"current_time": now}, "security": security}
	fired(document) == {["missing_authentication", "critical"]}
}

test_invalid_jwt if {
	fired(asked({"context": {"jwt": {"status": "unverified"}}})) == {["invalid_jwt", "critical"]}
	document := {"resource": resource, "context": {"jwt": {"status": "malformed"}}, "security": security}
	fired(document) == {["invalid_jwt", "critical"]}
}

test_jwt_jwks_unavailable if {
	document := asked({"context": {"jwt": {"status": "no_keys"}}})
	fired(document) == {["jwt_jwks_unavailable", "critical"]}
	relaxed := object.union(document, {"security": {"jwt_allow_unsigned_fallback": true}})
	security_constraints.allow with input as relaxed
}

test_jwt_expired if {
	fired(claiming({"exp": 1799999999})) == {["jwt_expired", "critical"]}
}

test_a_token_counts_when_the_plan_comes if {
	late := {"context": {"current_time": now + 3600000, "received_at_ms": now}}
	security_constraints.allow with input as asked(late)
	expired := object.union(late, {"context": {"received_at_ms": now + 60001}})
	fired(asked(expired)) == {["jwt_expired", "critical"]}
}

test_an_end_that_is_no_number_has_expired if {
	fired(claiming({"exp": "never"})) == {["jwt_expired", "critical"]}
}

test_jwt_not_yet_valid if {
	fired(claiming({"nbf": 1800000061})) == {["jwt_not_yet_valid", "critical"]}
	fired(claiming({"nbf": "tomorrow"})) == {["jwt_not_yet_valid", "critical"]}
	security_constraints.allow with input as claiming({"nbf": 1800000060})
}

test_jwt_invalid_tenant if {
	silver := claiming({"tenant_id": "silver"})
	named := object.union(silver, {"context": {"names_tenant": true}})
	fired(named) == {["jwt_invalid_tenant", "critical"]}
	security_constraints.allow with input as silver
}

test_jwt_invalid_issuer if {
	fired(claiming({"iss": "https://elsewhere.example.org"})) == {["jwt_invalid_issuer", "high"]}
	fired(without("iss")) == {["jwt_invalid_issuer", "high"]}
}

test_jwt_invalid_audience if {
	fired(claiming({"aud": "other"})) == {["jwt_invalid_audience", "high"]}
	security_constraints.allow with input as claiming({"aud": "orchestrator"})
}

test_jwt_invalid_spiffe_id if {
	fired(claiming({"sub": "spiffe://other.org/x"})) == {["jwt_invalid_spiffe_id", "critical"]}
}

test_jwt_missing_required_claims if {
	fired(without("tenant_id")) == {["jwt_missing_required_claims", "critical"]}
	fired(without("roles")) == {["jwt_missing_required_claims", "critical"]}
}

test_settings_that_are_null_ask_for_nothing if {
	document := claiming({"iss": "x", "aud": "y", "sub": "z"})
	nothing := {"jwt_issuer": null, "jwt_audience": null, "spiffe_trust_domain": null}
	security_constraints.allow with input as object.union(document, {"security": nothing})
}

test_insufficient_permissions if {
	viewer := {"context": {"user_id": "viewer@example.org"}}
	fired(asked(viewer)) == {["insufficient_permissions", "high"]}
	deployment := {"resource": {"required_capabilities": ["deployment"]}}
	fired(asked(deployment)) == {["insufficient_permissions", "high"]}
	admin := object.union(deployment, {"context": {"user_id": "admin@example.org"}})
	security_constraints.allow with input as asked(admin)
	unknown := object.union(deployment, {"context": {"user_id": "nobody"}})
	security_constraints.allow with input as asked(unknown)
}

test_pii_handling_violation if {
	fired(asked({"resource": {"contains_pii": true}})) == {["pii_handling_violation", "high"]}
	public := {"contains_pii": true, "data_classification": "public"}
	fired(asked({"resource": public})) == {["pii_handling_violation", "high"]}
	confidential := {"contains_pii": true, "data_classification": "confidential"}
	security_constraints.allow with input as asked({"resource": confidential})
}

test_tenant_rate_limit_exceeded if {
	document := asked({"context": {"request_count_last_minute": 150}})
	fired(document) == {["tenant_rate_limit_exceeded", "medium"]}
	security_constraints.allow with input as document
}

test_other_tenants_have_the_default_limit if {
	changes := {"context": {
		"tenant_id": "silver",
		"request_count_last_minute": 51,
		"jwt": {"claims": {"tenant_id": "silver"}},
	}}
	fired(asked(changes)) == {["tenant_rate_limit_exceeded", "medium"]}
	wider := object.union(changes, {"security": {"default_tenant_rate_limit": null}})
	fired(asked(wider)) == set()
	global := object.union(wider, {"context": {"request_count_last_minute": 1001}})
	fired(asked(global)) == {["tenant_rate_limit_exceeded", "medium"]}
	none := object.union(global, {"security": {"global_rate_limit": null}})
	fired(asked(none)) == set()
}
