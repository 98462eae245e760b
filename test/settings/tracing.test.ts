import assert from "node:assert/strict";
import { test } from "node:test";
import { configured } from "../support/configured.ts";

const endpoint = "http://collector:4318";

test("tracing: off without an endpoint and by OTEL_ENABLED=false, on by the standard names and the older ones", () => {
	assert.equal(configured({}).tracing, null);
	const off = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_ENABLED: "false" };
	assert.equal(configured(off).tracing, null);
	assert.deepEqual(
		configured({
			OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/`,
			OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20a=b, x-team=c",
			OTEL_TRACES_SAMPLER_ARG: "0.1",
		}).tracing,
		{
			url: `${endpoint}/v1/traces`,
			headers: { authorization: "Bearer a=b", "x-team": "c" },
			sampler: "parentbased_traceidratio",
			sampledRatio: 0.1,
			keepFailed: true,
		},
	);
	const older = configured({
		OTEL_EXPORTER_ENDPOINT: endpoint,
		OTEL_SAMPLING_RATE: "0.5",
	}).tracing;
	assert.deepEqual(
		[older?.url, older?.sampledRatio],
		[`${endpoint}/v1/traces`, 0.5],
	);
});

test("tracing: what would send nothing, or to nobody who understands it, is refused by name", () => {
	for (const [env, words] of [
		[{ OTEL_ENABLED: "true" }, /OTEL_EXPORTER_OTLP_ENDPOINT is not set/],
		[
			{ OTEL_EXPORTER_ENDPOINT: "https://otel:4317" },
			/4317 is the port for gRPC/,
		],
		[
			{ OTEL_EXPORTER_OTLP_HEADERS: "a=%zz" },
			/OTEL_EXPORTER_OTLP_HEADERS cannot/,
		],
		[{ OTEL_TRACES_SAMPLER_ARG: "10" }, /OTEL_TRACES_SAMPLER_ARG/],
		[{ TRACE_URL_TEMPLATE: "http://jaeger/" }, /\{trace_id\}/],
	] as const)
		assert.throws(() => configured(env), words);
	configured({
		OTEL_EXPORTER_ENDPOINT: "https://otel:4317",
		OTEL_ENABLED: "false",
	});
});
