import {
	collectDefaultMetrics,
	type Registry,
	type RegistryContentType,
} from "prom-client";

/** The longest that a timer waits. */
const NEVER_MS = 2 ** 31 - 1;
/**
 * Percentiles of prom-client's event loop histogram. Its timer wakes an idle process for nothing, and each value has
 * the timer's own interval in it; `orchestration_event_loop_busy_seconds_total` needs no timer.
 */
const NOT_KEPT = ["min", "max", "mean", "stddev", "p50", "p90", "p99"];

/** Adds the metrics of Node to a registry. */
export function collectNodeMetrics(
	register: Registry<RegistryContentType>,
): void {
	collectDefaultMetrics({ register, eventLoopMonitoringPrecision: NEVER_MS });
	for (const name of NOT_KEPT)
		register.removeSingleMetric(`nodejs_eventloop_lag_${name}_seconds`);
}
