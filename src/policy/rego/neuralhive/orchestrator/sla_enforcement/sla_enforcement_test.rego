package neuralhive.orchestrator.sla_enforcement_test

import data.neuralhive.orchestrator.sla_enforcement

now := 1800000000000

hour_ms := 3600000

ticket := {
	"risk_band": "critical",
	"priority": "CRITICAL",
	"sla": {"deadline": now + hour_ms, "timeout_ms": 120000},
	"qos": {"delivery_mode": "EXACTLY_ONCE", "consistency": "STRONG"},
	"estimated_duration_ms": 60000,
}

asked(changes) := {"resource": object.union(ticket, changes), "context": {"current_time": now}}

fired(document) := {[rule, severity] |
	some found in sla_enforcement.violations with input as document
	rule := found.rule
	severity := found.severity
}

test_a_ticket_that_fits_is_allowed if {
	sla_enforcement.allow with input as asked({})
	count(sla_enforcement.warnings) == 0 with input as asked({})
}

test_without_a_resource_nothing_is_allowed if not sla_enforcement.allow with input as {}

test_deadline_in_past if {
	fired(asked({"sla": {"deadline": now - hour_ms}})) == {["deadline_in_past", "critical"]}
}

test_deadline_too_far if {
	fired(asked({"sla": {"deadline": now + (169 * hour_ms)}})) == {["deadline_too_far", "medium"]}
}

test_critical_needs_exactly_once if {
	fired(asked({"qos": {"delivery_mode": "AT_LEAST_ONCE"}})) == {["qos_mismatch_risk_band", "critical"]}
}

test_high_needs_strong_consistency if {
	changes := {"risk_band": "high", "qos": {"consistency": "EVENTUAL"}}
	fired(asked(changes)) == {["qos_mismatch_risk_band", "high"]}
}

test_both_fields_of_qos_are_named if {
	changes := {"qos": {"delivery_mode": "AT_MOST_ONCE", "consistency": "EVENTUAL"}}
	found := sla_enforcement.violations with input as asked(changes)
	{field | field := found[_].field} == {"qos.delivery_mode", "qos.consistency"}
}

test_medium_and_low_have_tables_too if {
	weak := {"delivery_mode": "AT_MOST_ONCE", "consistency": "WEAK"}
	medium := {"risk_band": "medium", "priority": "NORMAL", "qos": weak}
	fired(asked(medium)) == {["qos_mismatch_risk_band", "medium"]}
	low := {"risk_band": "low", "priority": "LOW", "qos": weak}
	fired(asked(low)) == set()
}

test_priority_mismatch_risk_band if {
	fired(asked({"priority": "HIGH"})) == {["priority_mismatch_risk_band", "medium"]}
}

test_timeout_insufficient if {
	fired(asked({"estimated_duration_ms": 80001})) == {["timeout_insufficient", "high"]}
}

test_deadline_approaching_threshold if {
	document := asked({"sla": {"deadline": now + 23999}})
	some warning in sla_enforcement.warnings with input as document
	warning.rule == "deadline_approaching_threshold"
	sla_enforcement.allow with input as document
}
