# What the rules of several packages know: limits by risk band, and who needs which capability.
package neuralhive.orchestrator.terms

# A day has so many milliseconds.
day_ms := 86400000

timeout_limits_ms := {"critical": 7200000, "high": 3600000, "medium": 1800000, "low": 900000}

retry_limits := {"critical": 5, "high": 3, "medium": 2, "low": 1}

delivery_modes := {
	"critical": ["EXACTLY_ONCE"],
	"high": ["EXACTLY_ONCE"],
	"medium": ["EXACTLY_ONCE", "AT_LEAST_ONCE"],
	"low": ["EXACTLY_ONCE", "AT_LEAST_ONCE", "AT_MOST_ONCE"],
}

consistencies := {
	"critical": ["STRONG"],
	"high": ["STRONG"],
	"medium": ["STRONG", "EVENTUAL"],
	"low": ["STRONG", "EVENTUAL", "WEAK"],
}

priorities := {
	"critical": ["CRITICAL"],
	"high": ["CRITICAL", "HIGH"],
	"medium": ["CRITICAL", "HIGH", "NORMAL"],
	"low": ["CRITICAL", "HIGH", "NORMAL", "LOW"],
}

capabilities_of_roles := {"admin": ["*"], "developer": ["code_generation", "testing"], "viewer": []}

# The risk band; one that nobody knows has the narrowest limits.
band(resource) := name if {
	name := lower(resource.risk_band)
	retry_limits[name]
} else := "low"

# The capabilities that a ticket needs, or all tasks of a plan, each with its field.
needs(resource) := own | of_tasks if {
	own := {need |
		some capability in resource.required_capabilities
		need := {"capability": capability, "field": "required_capabilities"}
	}
	of_tasks := {need |
		some index, task in resource.tasks
		some capability in task.required_capabilities
		field := sprintf("tasks[%d].required_capabilities", [index])
		need := {"capability": capability, "field": field}
	}
}
