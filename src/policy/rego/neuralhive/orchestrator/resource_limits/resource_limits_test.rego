package neuralhive.orchestrator.resource_limits_test

import data.neuralhive.orchestrator.resource_limits

ticket := {
	"risk_band": "high",
	"sla": {"timeout_ms": 60000, "max_retries": 3},
	"estimated_duration_ms": 30000,
	"required_capabilities": ["code_generation"],
}

parameters := {"allowed_capabilities": ["code_generation"], "max_concurrent_tickets": 100}

asked(changes) := {
	"resource": object.union(ticket, changes),
	"context": {},
	"parameters": parameters,
}

fired(document) := {[rule, severity] |
	some found in resource_limits.violations with input as document
	rule := found.rule
	severity := found.severity
}

test_a_ticket_within_its_limits_is_allowed if {
	resource_limits.allow with input as asked({})
	resource_limits.warnings == []
}

test_without_a_resource_nothing_is_allowed if not resource_limits.allow with input as {}

test_timeout_exceeds_maximum if {
	fired(asked({"sla": {"timeout_ms": 7200000}})) == {["timeout_exceeds_maximum", "high"]}
}

test_the_limit_itself_is_allowed if {
	resource_limits.allow with input as asked({"sla": {"timeout_ms": 3600000}})
}

test_limits_by_band_can_be_set if {
	document := object.union(asked({}), {"parameters": {"timeout_limits_ms": {"high": 50000}}})
	fired(document) == {["timeout_exceeds_maximum", "high"]}
}

test_retries_exceed_maximum if {
	fired(asked({"sla": {"max_retries": 4}})) == {["retries_exceed_maximum", "medium"]}
}

test_an_estimate_below_a_second if {
	fired(asked({"estimated_duration_ms": 999})) == {["estimated_duration_unrealistic", "low"]}
}

test_an_estimate_of_the_timeout if {
	fired(asked({"estimated_duration_ms": 60000})) == {["estimated_duration_unrealistic", "medium"]}
}

test_both_faults_of_an_estimate_are_named if {
	fired(asked({"estimated_duration_ms": 900, "sla": {"timeout_ms": 800}})) == {
		["estimated_duration_unrealistic", "low"],
		["estimated_duration_unrealistic", "medium"],
	}
}

test_capabilities_not_allowed if {
	document := asked({"required_capabilities": ["code_generation", "root"]})
	fired(document) == {["capabilities_not_allowed", "high"]}
}

test_no_list_allows_every_capability if {
	document := object.union(asked({"required_capabilities": ["root"]}), {"parameters": {"allowed_capabilities": []}})
	resource_limits.allow with input as document
}

test_a_plans_tasks_are_named if {
	document := asked({"tasks": [{"required_capabilities": ["root"]}]})
	some found in resource_limits.violations with input as document
	found.field == "tasks[0].required_capabilities"
	found.actual == "root"
}

test_concurrent_tickets_limit if {
	document := object.union(asked({}), {"context": {"total_tickets": 101}})
	fired(document) == {["concurrent_tickets_limit", "high"]}
}
