# Whether a ticket's promises fit its risk band, and can be kept.
package neuralhive.orchestrator.sla_enforcement

import data.neuralhive.orchestrator.terms

default allow := false

# Without a resource there is no decision to allow.
allow if {
	input.resource
	count(violations) == 0
}

violations contains violation("deadline_in_past", "critical", {
	"field": "sla.deadline",
	"msg": sprintf("the deadline passed %v ms ago", [now - actual]),
	"expected": sprintf(">=%v", [now]),
	"actual": actual,
}) if {
	now := input.context.current_time
	actual := input.resource.sla.deadline
	actual < now
}

violations contains violation("deadline_too_far", "medium", {
	"field": "sla.deadline",
	"msg": "the deadline is more than 7 days away",
	"expected": sprintf("<=%v", [limit]),
	"actual": actual,
}) if {
	limit := input.context.current_time + (7 * terms.day_ms)
	actual := input.resource.sla.deadline
	actual > limit
}

violations contains violation("qos_mismatch_risk_band", band, {
	"field": "qos.delivery_mode",
	"msg": sprintf("risk band %s does not allow delivery %s", [band, actual]),
	"expected": allowed,
	"actual": actual,
}) if {
	band := terms.band(input.resource)
	allowed := terms.delivery_modes[band]
	actual := input.resource.qos.delivery_mode
	not actual in allowed
}

violations contains violation("qos_mismatch_risk_band", band, {
	"field": "qos.consistency",
	"msg": sprintf("risk band %s does not allow consistency %s", [band, actual]),
	"expected": allowed,
	"actual": actual,
}) if {
	band := terms.band(input.resource)
	allowed := terms.consistencies[band]
	actual := input.resource.qos.consistency
	not actual in allowed
}

violations contains violation("priority_mismatch_risk_band", "medium", {
	"field": "priority",
	"msg": sprintf("risk band %s does not allow priority %s", [band, actual]),
	"expected": allowed,
	"actual": actual,
}) if {
	band := terms.band(input.resource)
	allowed := terms.priorities[band]
	actual := input.resource.priority
	not actual in allowed
}

violations contains violation("timeout_insufficient", "high", {
	"field": "sla.timeout_ms",
	"msg": sprintf("the time-out of %v ms is below one and a half times the estimate", [actual]),
	"expected": sprintf(">=%v", [least]),
	"actual": actual,
}) if {
	least := 1.5 * input.resource.estimated_duration_ms
	actual := input.resource.sla.timeout_ms
	actual < least
}

warnings contains {
	"policy": "sla_enforcement",
	"rule": "deadline_approaching_threshold",
	"msg": sprintf("%v ms are left until the deadline", [left]),
} if {
	left := input.resource.sla.deadline - input.context.current_time
	left > 0
	left < 0.2 * input.resource.sla.timeout_ms
}

violation(rule, severity, facts) := object.union(facts, {
	"policy": "sla_enforcement",
	"rule": rule,
	"severity": severity,
})
