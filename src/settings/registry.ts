import { Type } from "typebox";
import { count, flag, optionalText, pemFile, secret } from "./setting.ts";

/** The registry of worker agents: where it is asked, and how the role `registry` serves it. */
export const registrySettings = {
	SERVICE_REGISTRY_HOST: Type.Optional(
		Type.String({
			pattern: "^[^\\s,:/]{1,253}$",
			rule: "a host name or address, without a port",
			description:
				"Host of the worker registry. Without it, or where the role registry runs, this process uses the registry's state in Redis itself",
			example: "service-registry",
		}),
	),
	SERVICE_REGISTRY_PORT: Type.Integer({
		minimum: 1,
		maximum: 65_535,
		default: 50_051,
		description: "gRPC port of the worker registry, asked or served",
		example: "50051",
	}),
	SERVICE_REGISTRY_LISTEN_HOST: Type.String({
		default: "127.0.0.1",
		description:
			"Address the role registry listens on; 0.0.0.0 listens on all, and needs SERVICE_REGISTRY_TOKEN",
		example: "0.0.0.0",
	}),
	SERVICE_REGISTRY_TOKEN: secret(
		"Bearer token of the worker registry. The role registry takes any of several, separated by spaces, and asks for none without this; others send the first",
	),
	SERVICE_REGISTRY_TIMEOUT_SECONDS: count(
		3,
		60,
		"How long an answer of the worker registry is waited for",
	),
	SERVICE_REGISTRY_MAX_RESULTS: count(
		5,
		1_000,
		"Agents in an answer of the role registry to DiscoverAgents when the caller does not say",
	),
	SERVICE_REGISTRY_CACHE_TTL_SECONDS: count(
		10,
		3_600,
		"Age up to which what this process knows of the workers counts as current; after that it says that it is the last known view",
	),
	SERVICE_REGISTRY_LAST_KNOWN_SECONDS: count(
		300,
		86_400,
		"Age up to which the last known view of the workers is used while the registry does not answer",
	),
	SERVICE_REGISTRY_LEASE_SECONDS: count(
		15,
		3_600,
		"How long the role registry takes an agent for alive without a heartbeat",
	),
	SERVICE_REGISTRY_TLS_ENABLED: flag(
		false,
		"Speak TLS with the worker registry, or as it",
	),
	SERVICE_REGISTRY_CA_LOCATION: pemFile(
		"Authorities that the registry's certificate is checked with, and by the role registry those of its callers; without it those Node.js trusts, and no certificate is asked of callers",
		"/etc/tls/registry/ca.crt",
	),
	SERVICE_REGISTRY_CERTIFICATE_LOCATION: pemFile(
		"Certificate of the role registry, or our own for a registry that asks for one",
		"/etc/tls/registry/tls.crt",
	),
	SERVICE_REGISTRY_KEY_LOCATION: pemFile(
		"Key of SERVICE_REGISTRY_CERTIFICATE_LOCATION",
		"/etc/tls/registry/tls.key",
	),
	SERVICE_REGISTRY_SERVER_NAME: optionalText(
		"Name in the registry's certificate when it is not the host's",
		"service-registry.example.com",
	),
};
