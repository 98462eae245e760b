import { fileURLToPath } from "node:url";
import {
	loadPackageDefinition,
	type MethodDefinition,
	type ServiceDefinition,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type {
	AgentInfo,
	AgentStatus,
	AgentTelemetry,
	AgentType,
} from "../domain/registry/agent.ts";

/** Messages of the contract as the loader reads and writes them. */
export interface WireAgent {
	agent_id: string;
	agent_type: AgentType | "AGENT_TYPE_UNSPECIFIED";
	capabilities: string[];
	metadata: Record<string, string>;
	telemetry: WireTelemetry | null;
	status: AgentStatus | "AGENT_STATUS_UNSPECIFIED";
	registered_at: number;
	last_seen: number;
	namespace: string;
	cluster: string;
	version: string;
	schema_version: number;
}

/** The optional numbers are absent when the agent does not say them. */
export type WireTelemetry = Omit<
	AgentTelemetry,
	"active_tasks" | "max_concurrent_tasks"
> & { active_tasks?: number; max_concurrent_tasks?: number };

/** Version of the record `AgentInfo`. */
const SCHEMA_VERSION = 1;

/** Of the whole answer with all agents; each of them is bounded, and so is their number. */
export const MAX_ANSWER_BYTES = 48 * 1_024 * 1_024;
/** Of one request. */
export const MAX_REQUEST_BYTES = 64 * 1_024;

export type Service = ServiceDefinition<
	Record<string, MethodDefinition<unknown, unknown>>
>;

/** The services of both `.proto` files. */
export function loadContract(): { registry: Service; health: Service } {
	const registry = readService(
		"service-registry.proto",
		"neural_hive.service_registry.ServiceRegistry",
	);
	const health = readService("grpc-health.proto", "grpc.health.v1.Health");
	return { registry, health };
}

function readService(file: string, name: string): Service {
	const at = new URL(`../../schemas/${file}`, import.meta.url);
	const definition = loadSync(fileURLToPath(at), {
		keepCase: true,
		longs: Number,
		enums: String,
		defaults: true,
		oneofs: false,
	});
	const loaded = loadPackageDefinition(definition);
	const service = name
		.split(".")
		.reduce<unknown>(
			(inner, part) => (inner as Record<string, unknown>)[part],
			loaded,
		);
	return (service as { service: Service }).service;
}

export function toWireAgent(agent: AgentInfo): WireAgent {
	return {
		...agent,
		capabilities: [...agent.capabilities],
		telemetry: toWireTelemetry(agent.telemetry),
		schema_version: SCHEMA_VERSION,
	};
}

export function toWireTelemetry(
	telemetry: AgentTelemetry | null,
): WireTelemetry | null {
	if (telemetry === null) return null;
	const { active_tasks, max_concurrent_tasks, ...always } = telemetry;
	return {
		...always,
		...(active_tasks === null ? {} : { active_tasks }),
		...(max_concurrent_tasks === null ? {} : { max_concurrent_tasks }),
	};
}
