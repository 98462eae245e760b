import type { Settings } from "../config-schema.ts";
import { isLoopback } from "./access.ts";
import { ticketJwtWithoutKey } from "./ticket-tokens.ts";
import { type TlsArea, tlsAreas, tlsOnly } from "./tls-areas.ts";

type Known = Partial<Settings>;
/** Problems between settings each of which is right by itself; one line each. */
type Rule = (settings: Known) => string[];

const rules: readonly Rule[] = [
	...Object.values(tlsAreas).flatMap((area) => [
		(settings: Known) => unusedTls(area, settings),
		(settings: Known) => halfPair(area, settings),
	]),
	saslCredentials,
	bareApiKey,
	avroWithoutRegistry,
	tokensWithoutKeys,
	ticketJwtWithoutKey,
	webhookWithoutKey,
	openRegistry,
	registryWithoutCertificate,
	halfVersion,
];

/** Every contradiction between the settings; invalid settings are left out. */
export function findContradictions(settings: Known): string[] {
	return rules.flatMap((rule) => rule(settings));
}

/** A user who names certificates expects that they are used. */
function unusedTls(area: TlsArea, settings: Known): string[] {
	if (area.isOn(settings)) return [];
	return tlsOnly(area)
		.filter((name) => settings[name] !== undefined)
		.map(
			(name) =>
				`${name} is set, but ${area.server} is not spoken to over TLS; set ${area.turnedOnBy}, or leave ${name} out`,
		);
}

function halfPair({ certificate, key }: TlsArea, settings: Known): string[] {
	if (certificate === undefined || key === undefined) return [];
	const [given, missing] =
		settings[certificate] === undefined
			? [key, certificate]
			: [certificate, key];
	if (settings[given] === undefined || settings[missing] !== undefined) {
		return [];
	}
	return [
		`${given} is set, but ${missing} is not; a certificate of our own needs both; for example ${missing}=/etc/tls/tls.${missing === key ? "key" : "crt"}`,
	];
}

function saslCredentials(settings: Known): string[] {
	const { KAFKA_SECURITY_PROTOCOL: protocol = "" } = settings;
	const names = ["KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"] as const;
	const isSasl = protocol.startsWith("SASL");
	return names
		.filter((name) => (settings[name] !== undefined) !== isSasl)
		.map((name) =>
			isSasl
				? `${name} is not set; KAFKA_SECURITY_PROTOCOL=${protocol} needs it; for example ${name}=orchestrator`
				: `${name} is set, but KAFKA_SECURITY_PROTOCOL=${protocol} sends no credentials; set it to SASL_SSL, or leave ${name} out`,
		);
}

function bareApiKey({
	TEMPORAL_API_KEY,
	TEMPORAL_TLS_ENABLED,
}: Known): string[] {
	return TEMPORAL_API_KEY !== undefined && TEMPORAL_TLS_ENABLED === false
		? [
				"TEMPORAL_API_KEY is set, but TEMPORAL_TLS_ENABLED is false; a key is sent over TLS only; set TEMPORAL_TLS_ENABLED=true",
			]
		: [];
}

function avroWithoutRegistry({
	APPROVAL_REQUESTS_FORMAT,
	KAFKA_SCHEMA_REGISTRY_URL,
}: Known): string[] {
	return APPROVAL_REQUESTS_FORMAT === "avro" &&
		KAFKA_SCHEMA_REGISTRY_URL === undefined
		? [
				"APPROVAL_REQUESTS_FORMAT is avro, but KAFKA_SCHEMA_REGISTRY_URL is not set; avro needs a registry; for example KAFKA_SCHEMA_REGISTRY_URL=http://schema-registry:8081",
			]
		: [];
}

function tokensWithoutKeys({
	TICKET_RESULT_TOKENS,
	TICKET_RESULT_TOKEN_KEYS,
}: Known): string[] {
	return TICKET_RESULT_TOKENS === true && TICKET_RESULT_TOKEN_KEYS === undefined
		? [
				"TICKET_RESULT_TOKENS is true, but TICKET_RESULT_TOKEN_KEYS is not set; tokens need a key; for example TICKET_RESULT_TOKEN_KEYS_FILE=/run/secrets/ticket-token-keys",
			]
		: [];
}

/** Everyone who reaches the registry could put agents into it or take them out. */
function openRegistry({
	ROLES = "",
	SERVICE_REGISTRY_LISTEN_HOST: host,
	SERVICE_REGISTRY_TOKEN: token,
}: Known): string[] {
	const isOpen =
		ROLES.includes("registry") &&
		host !== undefined &&
		!isLoopback(host) &&
		(token ?? "").trim() === "";
	return isOpen
		? [
				`SERVICE_REGISTRY_LISTEN_HOST is "${host}", but SERVICE_REGISTRY_TOKEN is not set: everyone who reaches that address could register agents; set the token, or SERVICE_REGISTRY_LISTEN_HOST=127.0.0.1`,
			]
		: [];
}

function registryWithoutCertificate({
	ROLES = "",
	SERVICE_REGISTRY_TLS_ENABLED,
	SERVICE_REGISTRY_CERTIFICATE_LOCATION,
}: Known): string[] {
	return ROLES.includes("registry") &&
		SERVICE_REGISTRY_TLS_ENABLED === true &&
		SERVICE_REGISTRY_CERTIFICATE_LOCATION === undefined
		? [
				"SERVICE_REGISTRY_TLS_ENABLED is true, but SERVICE_REGISTRY_CERTIFICATE_LOCATION is not set; the role registry needs a certificate; for example SERVICE_REGISTRY_CERTIFICATE_LOCATION=/etc/tls/registry/tls.crt",
			]
		: [];
}

/** A build without a deployment has nowhere to belong, a deployment without a build no plans; the role rollout runs none. */
function halfVersion(settings: Known): string[] {
	const { WORKER_DEPLOYMENT_NAME: name, WORKER_BUILD_ID: build } = settings;
	if (build !== undefined && name === undefined)
		return [
			"WORKER_BUILD_ID is set, but WORKER_DEPLOYMENT_NAME is not; a build belongs to a deployment; for example WORKER_DEPLOYMENT_NAME=orchestrator",
		];
	if (settings.ROLES?.includes("rollout") && name === undefined)
		return [
			"ROLES names rollout, but WORKER_DEPLOYMENT_NAME is not set; releases are of a deployment; for example WORKER_DEPLOYMENT_NAME=orchestrator",
		];
	const isWorker = settings.ROLES?.includes("worker") ?? false;
	return isWorker && name !== undefined && build === undefined
		? [
				"WORKER_DEPLOYMENT_NAME is set, but WORKER_BUILD_ID is not; the role worker needs the name of its build; for example WORKER_BUILD_ID=1.4.0-9f31c2e",
			]
		: [];
}

function webhookWithoutKey({
	NOTIFICATION_WEBHOOK_URL,
	NOTIFICATION_WEBHOOK_KEY,
}: Known): string[] {
	return NOTIFICATION_WEBHOOK_URL !== undefined &&
		NOTIFICATION_WEBHOOK_KEY === undefined
		? [
				"NOTIFICATION_WEBHOOK_URL is set, but NOTIFICATION_WEBHOOK_KEY is not; a receiver must be able to tell our notifications from others; for example NOTIFICATION_WEBHOOK_KEY_FILE=/run/secrets/webhook-key",
			]
		: [];
}
