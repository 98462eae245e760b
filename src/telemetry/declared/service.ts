import { counter, gauge, histogram } from "../declare.ts";
import { STORE_BUCKETS } from "./stores.ts";

/** The process: what it is, what it reaches, its HTTP server and its log. */
export const serviceMetrics = {
	buildInfo: gauge(
		"orchestration_build_info",
		"1; what runs here. Join it by instance where versions are compared.",
		{ version: "ours", node_version: "ours", deployment_variant: "ours" },
	),
	componentUp: gauge(
		"orchestration_component_up",
		"Whether a part that this process needs answered its last check, as /health says: 1 or 0. The check is made with each scrape and each look at /ready or /health.",
		{ component: "ours" },
	),
	eventLoopBusySeconds: counter(
		"orchestration_event_loop_busy_seconds_total",
		"Time in which the main thread had something to do. Its rate is a share: near 1 everything else waits for it.",
	),
	logLinesDropped: counter(
		"orchestration_log_lines_dropped_total",
		"Log lines that were not written because the same had been written many times within seconds.",
		{ level: ["warn", "error"] },
	),
	spansDropped: counter(
		"orchestration_spans_dropped_total",
		"Spans that no receiver got: it was away, or too many were waiting.",
	),
	eventReaders: gauge("orchestration_event_readers", "Readers of /events now."),
	eventReadersEnded: counter(
		"orchestration_event_readers_ended_total",
		"Readers of /events that were let go.",
		{ reason: ["slow", "away", "limit", "lifetime"] },
	),
	httpDurationSeconds: histogram(
		"orchestration_http_request_duration_seconds",
		"Time a request took, by the pattern of its route.",
		STORE_BUCKETS,
		{
			method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
			route: "ours",
			status: "ours",
		},
	),
	accessRefusals: counter(
		"orchestration_http_refusals_total",
		"Requests refused before any work.",
		{
			reason: [
				"missing",
				"malformed",
				"unknown",
				"expired",
				"too_weak",
				"foreign_host",
				"unavailable",
				"rate_limited",
				"too_many_bodies",
				"slow_body",
				"stopping",
			],
		},
	),
	readFallbacks: counter(
		"orchestration_read_fallbacks_total",
		"Reads answered from workflows instead of MongoDB.",
		{ read: "ours", reason: ["away", "not_there"] },
	),
};
