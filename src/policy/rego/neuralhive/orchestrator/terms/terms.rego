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

# So many missing capabilities are named: a plan of a thousand tasks may lack tens of thousands. They are not sorted,
# which would take seconds then.
max_named := 50

# The capabilities that a ticket or a plan's tasks need beyond these: each once, with the first field that names it.
lacking(resource, granted) := found if {
	own := {capability | some capability in resource.required_capabilities}
	of_tasks := {capability |
		some task in resource.tasks
		some capability in task.required_capabilities
	}
	missing := [name | some name in ((own | of_tasks) - {one | some one in granted})]
	found := {need |
		some capability in array.slice(missing, 0, max_named)
		need := {"capability": capability, "field": field_of(resource, capability)}
	}
}

field_of(resource, capability) := "required_capabilities" if {
	capability in resource.required_capabilities
} else := sprintf("tasks[%d].required_capabilities", [indexes[0]]) if {
	indexes := [index |
		some index, task in resource.tasks
		capability in task.required_capabilities
	]
}
