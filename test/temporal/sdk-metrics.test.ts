import assert from "node:assert/strict";
import { test } from "node:test";
import { toOpenMetrics } from "../../src/temporal/sdk-metrics.ts";

test("sdk metrics: counters are named as OpenMetrics wants them, the rest stays as it is", () => {
	const text = `# HELP temporal_request Requests
# TYPE temporal_request counter
temporal_request{operation="A"} 5

# TYPE temporal_local_activity_total counter
temporal_local_activity_total 7
# TYPE temporal_request_latency_seconds histogram
temporal_request_latency_seconds_count{operation="A"} 5
`;
	assert.equal(
		toOpenMetrics(text),
		`# HELP temporal_request Requests
# TYPE temporal_request counter
temporal_request_total{operation="A"} 5
# TYPE temporal_local_activity counter
temporal_local_activity_total 7
# TYPE temporal_request_latency_seconds histogram
temporal_request_latency_seconds_count{operation="A"} 5
`,
	);
});
