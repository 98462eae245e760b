package neuralhive.orchestrator.terms_test

import data.neuralhive.orchestrator.terms

test_a_known_band_is_taken_in_any_case if terms.band({"risk_band": "HIGH"}) == "high"

test_an_unknown_band_counts_as_low if terms.band({"risk_band": "extreme"}) == "low"

test_a_missing_band_counts_as_low if terms.band({}) == "low"

test_a_ticket_lacks_of_its_own_capabilities if {
	lacking := terms.lacking({"required_capabilities": ["python", "testing"]}, ["testing"])
	lacking == {{"capability": "python", "field": "required_capabilities"}}
}

test_a_plan_lacks_those_of_its_tasks_each_once if {
	tasks := [{}, {"required_capabilities": ["python"]}, {"required_capabilities": ["python", "testing"]}]
	lacking := terms.lacking({"tasks": tasks}, ["testing"])
	lacking == {{"capability": "python", "field": "tasks[1].required_capabilities"}}
}

test_some_of_many_are_named if {
	many := [sprintf("c-%d", [number]) | some number in numbers.range(1, 200)]
	count(terms.lacking({"tasks": [{"required_capabilities": many}]}, [])) == terms.max_named
}

test_a_day_has_24_hours if terms.day_ms == ((24 * 60) * 60) * 1000

test_every_band_has_every_limit if {
	bands := {"critical", "high", "medium", "low"}
	every table in [
		terms.timeout_limits_ms,
		terms.retry_limits,
		terms.delivery_modes,
		terms.consistencies,
		terms.priorities,
	] {
		object.keys(table) == bands
	}
}

test_only_admins_have_every_capability if {
	{role | some role, names in terms.capabilities_of_roles; "*" in names} == {"admin"}
}
