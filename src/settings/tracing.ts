import { type Static, type TObject, Type } from "typebox";
import { flag, secret } from "./setting.ts";

const samplers = [
	"parentbased_traceidratio",
	"traceidratio",
	"parentbased_always_on",
	"always_on",
	"parentbased_always_off",
	"always_off",
] as const;

const ratio = (description: string) =>
	Type.Number({ minimum: 0, maximum: 1, description, example: "0.1" });

const endpoint = (description: string) =>
	Type.Optional(
		Type.String({
			pattern: "^https?://\\S+$",
			rule: "an address of http or https",
			description,
			example: "http://opentelemetry-collector:4318",
		}),
	);

/** Traces (docs/tracing.md). */
export const tracingSettings = {
	OTEL_ENABLED: Type.Optional(
		Type.Boolean({
			description:
				"`false` turns tracing off, also when an endpoint is set; unset: on with an endpoint",
			example: "true",
		}),
	),
	OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(
		"Where spans are sent, by OTLP over HTTP (`/v1/traces` is added); unset: nothing is traced",
	),
	OTEL_EXPORTER_ENDPOINT: endpoint(
		"Older name of OTEL_EXPORTER_OTLP_ENDPOINT, which goes first",
	),
	OTEL_EXPORTER_OTLP_HEADERS: secret(
		"Headers that go with spans: `name=value`, several separated by commas",
	),
	OTEL_TRACES_SAMPLER: Type.Enum([...samplers], {
		default: "parentbased_traceidratio",
		description:
			"Which traces are exported; `parentbased_` follows the caller's decision if there is one",
		example: "parentbased_traceidratio",
	}),
	OTEL_TRACES_SAMPLER_ARG: Type.Optional(
		ratio("Share of the traces, 0 to 1; unset: all"),
	),
	OTEL_SAMPLING_RATE: Type.Optional(
		ratio("Older name of OTEL_TRACES_SAMPLER_ARG, which goes first"),
	),
	TRACES_KEEP_FAILED: flag(
		true,
		"Plans that fail or miss their deadline are exported whatever the share is",
	),
	TRACE_URL_TEMPLATE: Type.Optional(
		Type.String({
			pattern: "^https?://\\S*\\{trace_id\\}\\S*$",
			rule: "an address with {trace_id} in it",
			description: "Where a trace can be looked at, for `plans trace`",
			example: "http://jaeger:16686/trace/{trace_id}",
		}),
	),
};

type Settings = Static<TObject<typeof tracingSettings>>;

export interface TracingConfig {
	/** Where spans are posted to. */
	url: string;
	headers: Record<string, string>;
	sampler: (typeof samplers)[number];
	/** 0 to 1. */
	sampledRatio: number;
	keepFailed: boolean;
}

/** null: nothing is traced. */
export function toTracingConfig(env: Settings): TracingConfig | null {
	const address = addressOf(env);
	if (address === undefined || env.OTEL_ENABLED === false) return null;
	return {
		url: `${address.replace(/\/+$/, "")}/v1/traces`,
		headers: readHeaders(env.OTEL_EXPORTER_OTLP_HEADERS),
		sampler: env.OTEL_TRACES_SAMPLER,
		sampledRatio: env.OTEL_TRACES_SAMPLER_ARG ?? env.OTEL_SAMPLING_RATE ?? 1,
		keepFailed: env.TRACES_KEEP_FAILED,
	};
}

function addressOf(env: Partial<Settings>): string | undefined {
	return env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env.OTEL_EXPORTER_ENDPOINT;
}

/** The form of the OpenTelemetry specification: values are percent-encoded. */
function readHeaders(text = ""): Record<string, string> {
	const pairs = text.split(",").filter((pair) => pair.includes("="));
	return Object.fromEntries(
		pairs.map((pair) => {
			const [name = "", ...value] = pair.split("=");
			return [name.trim(), decodeURIComponent(value.join("=").trim())];
		}),
	);
}

/** Tracing that is asked for and would send nothing, or to nobody who understands it. */
export function findTracingProblems(env: Partial<Settings>): string[] {
	const { OTEL_ENABLED, OTEL_EXPORTER_OTLP_HEADERS: headers } = env;
	const address = addressOf(env);
	const problems: string[] = [];
	if (OTEL_ENABLED === true && address === undefined)
		problems.push(
			"OTEL_ENABLED is true, but OTEL_EXPORTER_OTLP_ENDPOINT is not set; spans need a receiver; for example OTEL_EXPORTER_OTLP_ENDPOINT=http://opentelemetry-collector:4318",
		);
	if (OTEL_ENABLED !== false && address && URL.parse(address)?.port === "4317")
		problems.push(
			`OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_ENDPOINT) is "${address}"; 4317 is the port for gRPC, and spans are sent over HTTP; name the port for HTTP, usually 4318, or set OTEL_ENABLED=false`,
		);
	if (
		headers
			?.split(",")
			.some((pair) => !/^[^=\s]+=[^%]*(%[0-9a-f]{2}[^%]*)*$/i.test(pair.trim()))
	)
		problems.push(
			"OTEL_EXPORTER_OTLP_HEADERS cannot be read; it must be name=value, several separated by commas, with values percent-encoded; for example OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20abc",
		);
	return problems;
}
