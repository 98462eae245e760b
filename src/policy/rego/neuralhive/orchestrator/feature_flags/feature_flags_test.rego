package neuralhive.orchestrator.feature_flags_test

import data.neuralhive.orchestrator.feature_flags

# Monday, 30 November 2026, 09:00 UTC.
monday := 1796029200000

flags := {
	"intelligent_scheduler_enabled": true,
	"burst_capacity_enabled": true,
	"burst_threshold": 0.8,
	"predictive_allocation_enabled": true,
	"auto_scaling_enabled": true,
	"scaling_threshold": 100,
	"scheduler_namespaces": ["production"],
	"premium_tenants": ["gold"],
	"early_access_tenants": ["curious"],
	"gradual_rollout": false,
	"business_hours": {"start": 8, "end": 18},
}

context := {
	"namespace": "production",
	"tenant_id": "default",
	"current_time": monday,
	"current_load": 0.6,
	"queue_depth": 101,
	"model_accuracy": 0.9,
}

asked(band, changes, switches) := {
	"resource": {"risk_band": band},
	"context": object.union(context, changes),
	"flags": object.union(flags, switches),
}

test_without_input_every_flag_is_off if {
	feature_flags == {
		"enable_intelligent_scheduler": false,
		"enable_burst_capacity": false,
		"enable_predictive_allocation": false,
		"enable_auto_scaling": false,
		"enable_experimental_features": false,
	} with input as {}
}

test_the_scheduler_is_on_in_its_namespaces if {
	feature_flags.enable_intelligent_scheduler with input as asked("critical", {}, {})
	feature_flags.enable_intelligent_scheduler with input as asked("low", {}, {})
	not feature_flags.enable_intelligent_scheduler with input as asked("critical", {"namespace": "other"}, {})
}

test_a_gradual_rollout_begins_with_high_risk if {
	switches := {"gradual_rollout": true}
	feature_flags.enable_intelligent_scheduler with input as asked("high", {}, switches)
	not feature_flags.enable_intelligent_scheduler with input as asked("medium", {}, switches)
}

test_burst_is_for_premium_tenants_and_critical_plans if {
	feature_flags.enable_burst_capacity with input as asked("low", {"tenant_id": "gold"}, {})
	feature_flags.enable_burst_capacity with input as asked("critical", {}, {})
	not feature_flags.enable_burst_capacity with input as asked("low", {}, {})
}

test_no_burst_at_full_load_or_unknown_load if {
	not feature_flags.enable_burst_capacity with input as asked("critical", {"current_load": 0.8}, {})
	not feature_flags.enable_burst_capacity with input as asked("critical", {"current_load": null}, {})
}

test_prediction_needs_an_accurate_model if {
	staging := {"namespace": "staging"}
	feature_flags.enable_predictive_allocation with input as asked("low", staging, {})
	worse := object.union(staging, {"model_accuracy": 0.85})
	not feature_flags.enable_predictive_allocation with input as asked("low", worse, {})
	none := object.union(staging, {"model_accuracy": null})
	not feature_flags.enable_predictive_allocation with input as asked("low", none, {})
}

test_scaling_needs_a_queue_in_business_hours if {
	feature_flags.enable_auto_scaling with input as asked("low", {}, {})
	not feature_flags.enable_auto_scaling with input as asked("low", {"queue_depth": 100}, {})
	not feature_flags.enable_auto_scaling with input as asked("low", {"queue_depth": null}, {})
	evening := {"current_time": monday + (9 * 3600000)}
	not feature_flags.enable_auto_scaling with input as asked("low", evening, {})
	early := {"current_time": monday - 3600001}
	not feature_flags.enable_auto_scaling with input as asked("low", early, {})
	sunday := {"current_time": monday - (24 * 3600000)}
	not feature_flags.enable_auto_scaling with input as asked("low", sunday, {})
	saturday := {"current_time": monday - (48 * 3600000)}
	not feature_flags.enable_auto_scaling with input as asked("low", saturday, {})
}

test_experiments_are_for_development_and_early_access if {
	feature_flags.enable_experimental_features with input as asked("low", {"namespace": "development"}, {})
	feature_flags.enable_experimental_features with input as asked("low", {"tenant_id": "curious"}, {})
	not feature_flags.enable_experimental_features with input as asked("low", {}, {})
}
