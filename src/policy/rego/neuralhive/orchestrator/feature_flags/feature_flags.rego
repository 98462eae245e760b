# Which features a plan is given.
package neuralhive.orchestrator.feature_flags

import data.neuralhive.orchestrator.terms

default enable_intelligent_scheduler := false

default enable_burst_capacity := false

default enable_predictive_allocation := false

default enable_auto_scaling := false

default enable_experimental_features := false

enable_intelligent_scheduler if {
	input.flags.intelligent_scheduler_enabled
	input.context.namespace in input.flags.scheduler_namespaces
	is_in_rollout(input)
}

enable_burst_capacity if {
	input.flags.burst_capacity_enabled
	is_number(input.context.current_load)
	input.context.current_load < input.flags.burst_threshold
	is_privileged(input)
}

# Without a model there is no accuracy, and nothing is predicted.
enable_predictive_allocation if {
	input.flags.predictive_allocation_enabled
	is_number(input.context.model_accuracy)
	input.context.model_accuracy > 0.85
	input.context.namespace in ["staging", "beta"]
}

enable_auto_scaling if {
	input.flags.auto_scaling_enabled
	is_number(input.context.queue_depth)
	input.context.queue_depth > input.flags.scaling_threshold
	is_business_hours(input)
}

enable_experimental_features if input.context.namespace in ["development", "dev", "staging"]

enable_experimental_features if input.context.tenant_id in input.flags.early_access_tenants

# A gradual rollout begins with the plans that have most to gain.
is_in_rollout(asked) if not asked.flags.gradual_rollout

is_in_rollout(asked) if terms.band(asked.resource) in ["critical", "high"]

is_privileged(asked) if asked.context.tenant_id in asked.flags.premium_tenants

is_privileged(asked) if terms.band(asked.resource) == "critical"

# Monday to Friday, from `start` to before `end`, UTC. The clock is of the input: it began on a Thursday.
is_business_hours(asked) if {
	days := floor(asked.context.current_time / terms.day_ms)
	weekday := (days + 4) % 7
	weekday >= 1
	weekday <= 5
	hour := floor((asked.context.current_time - (days * terms.day_ms)) / 3600000)
	hour >= asked.flags.business_hours.start
	hour < asked.flags.business_hours.end
}
