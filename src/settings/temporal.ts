import { Type } from "typebox";
import {
	count,
	durationMs,
	flag,
	optionalText,
	pemFile,
	secret,
} from "./setting.ts";

/** Temporal: client and worker. */
export const temporalSettings = {
	TEMPORAL_HOST: Type.String({
		pattern: "^[^\\s:/]+(:\\d{1,5})?$",
		rule: "host or host:port",
		default: "127.0.0.1",
		description: "Temporal frontend",
		example: "temporal-frontend:7233",
	}),
	TEMPORAL_PORT: Type.Integer({
		minimum: 1,
		maximum: 65_535,
		default: 7233,
		description: "Port of the Temporal frontend when TEMPORAL_HOST names none",
		example: "7233",
	}),
	TEMPORAL_NAMESPACE: Type.String({
		default: "default",
		description: "Temporal namespace",
		example: "default",
	}),
	TEMPORAL_TLS_ENABLED: flag(false, "Speak TLS with Temporal"),
	TEMPORAL_TLS_SERVER_CA_CERT_PATH: pemFile(
		"Authorities that Temporal's certificate is checked with; without it those the system trusts",
		"/etc/tls/temporal/ca.crt",
	),
	TEMPORAL_TLS_CLIENT_CERT_PATH: pemFile(
		"Our own certificate, for Temporal servers that ask for one",
		"/etc/tls/temporal/tls.crt",
	),
	TEMPORAL_TLS_CLIENT_KEY_PATH: pemFile(
		"Key of TEMPORAL_TLS_CLIENT_CERT_PATH",
		"/etc/tls/temporal/tls.key",
	),
	TEMPORAL_TLS_SERVER_NAME: optionalText(
		"Name in Temporal's certificate when it is not the host's",
		"temporal.example.com",
	),
	TEMPORAL_API_KEY: secret("API key of Temporal Cloud; sent over TLS only"),
	TEMPORAL_TASK_QUEUE: Type.String({
		default: "orchestration-tasks",
		description: "Task queue of the workflows",
		example: "orchestration-tasks",
	}),
	WORKER_DEPLOYMENT_NAME: Type.Optional(
		Type.String({
			pattern: "^[A-Za-z0-9_-]{1,80}$",
			rule: "letters, digits, underscore, hyphen",
			description:
				"Worker deployment in Temporal that this process's plans belong to; with WORKER_BUILD_ID, plans stay on the build that began them and releases can be canaried. The role rollout looks after the deployment of this name",
			example: "orchestrator",
		}),
	),
	WORKER_BUILD_ID: Type.Optional(
		Type.String({
			pattern: "^[A-Za-z0-9._-]{1,80}$",
			rule: "letters, digits, dot, underscore, hyphen",
			description:
				"Name of this build of the service, a new one for each release: the image's tag or the commit",
			example: "1.4.0-9f31c2e",
		}),
	),
	WORKER_MAX_CACHED_WORKFLOWS: count(
		1000,
		100_000,
		"Workflows a worker keeps in memory; above it they are replayed when they go on",
	),
	RETRY_INITIAL_INTERVAL_MS: durationMs(
		1_000,
		"Wait before a step of a plan that failed (a write, a publication) is tried the second time",
	),
	RETRY_BACKOFF_COEFFICIENT: Type.Number({
		minimum: 1,
		maximum: 10,
		default: 2,
		description: "Growth of that wait from try to try",
		example: "2",
	}),
	RETRY_MAX_INTERVAL_MS: durationMs(
		15_000,
		"Longest of these waits; there is no limit of tries but the plan's own",
	),
	WORKER_WORKFLOW_GUARD: flag(
		false,
		"The SDK's own limit of 5 s on workflow code and its stack trace query; they cost more CPU than the plans",
	),
};
