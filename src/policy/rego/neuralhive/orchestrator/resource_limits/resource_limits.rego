# How much a plan, a ticket or an allocation may ask for.
package neuralhive.orchestrator.resource_limits

import data.neuralhive.orchestrator.terms

default allow := false

# Without a resource there is no decision to allow.
allow if {
	input.resource
	count(violations) == 0
}

warnings := []

violations contains violation("timeout_exceeds_maximum", "high", {
	"field": "sla.timeout_ms",
	"msg": sprintf("the time-out of %v ms is above the %v ms of risk band %s", [actual, limit, band]),
	"expected": limit,
	"actual": actual,
}) if {
	band := terms.band(input.resource)
	limits := object.union(terms.timeout_limits_ms, object.get(input, ["parameters", "timeout_limits_ms"], {}))
	limit := limits[band]
	actual := input.resource.sla.timeout_ms
	actual > limit
}

violations contains violation("retries_exceed_maximum", "medium", {
	"field": "sla.max_retries",
	"msg": sprintf("%v retries are above the %v of risk band %s", [actual, limit, band]),
	"expected": limit,
	"actual": actual,
}) if {
	band := terms.band(input.resource)
	limit := terms.retry_limits[band]
	actual := input.resource.sla.max_retries
	actual > limit
}

violations contains violation("estimated_duration_unrealistic", "low", {
	"field": "estimated_duration_ms",
	"msg": sprintf("an estimate of %v ms is below a second", [actual]),
	"expected": ">=1000",
	"actual": actual,
}) if {
	actual := input.resource.estimated_duration_ms
	actual < 1000
}

violations contains violation("estimated_duration_unrealistic", "medium", {
	"field": "estimated_duration_ms",
	"msg": sprintf("an estimate of %v ms is not below the time-out of %v ms", [actual, limit]),
	"expected": sprintf("<%v", [limit]),
	"actual": actual,
}) if {
	actual := input.resource.estimated_duration_ms
	limit := input.resource.sla.timeout_ms
	actual >= limit
}

# An empty list allows every capability.
violations contains violation("capabilities_not_allowed", "high", {
	"field": need.field,
	"msg": sprintf("capability %s is not allowed", [need.capability]),
	"expected": allowed,
	"actual": need.capability,
}) if {
	allowed := input.parameters.allowed_capabilities
	count(allowed) > 0
	some need in terms.lacking(input.resource, allowed)
}

violations contains violation("concurrent_tickets_limit", "high", {
	"field": "total_tickets",
	"msg": sprintf("%v tickets are above the limit of %v", [actual, limit]),
	"expected": limit,
	"actual": actual,
}) if {
	actual := input.context.total_tickets
	limit := input.parameters.max_concurrent_tickets
	actual > limit
}

violation(rule, severity, facts) := object.union(facts, {
	"policy": "resource_limits",
	"rule": rule,
	"severity": severity,
})
