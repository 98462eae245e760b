import { randomUUID } from "node:crypto";
import { status } from "@grpc/grpc-js";
import type { AgentInfo } from "../domain/registry/agent.ts";
import {
	agentLimits,
	createAgentReader,
} from "../domain/registry/read-agent.ts";
import { toWireAgent } from "./contract.ts";
import type { AgentRegistry } from "./ports.ts";
import { CallRefused } from "./settle-calls.ts";

export type Fields = Readonly<Record<string, unknown>>;
type Call = (request: Fields) => Promise<object>;
export type RegistryCalls = Readonly<Record<string, Call>>;

const PROBLEMS_SHOWN = 5;

/** The calls of the contract that are answered once. Each reads its request with bounds, and rejects what is wrong. */
export function createRegistryCalls(
	registry: AgentRegistry,
	{ maxResults }: { maxResults: number },
): RegistryCalls {
	return {
		async Register(fields) {
			const agent = read((it) => ({
				agent_id: it.id("agent_id", idOf(fields)),
				agent_type: it.agentType(fields.agent_type) ?? ("WORKER" as const),
				capabilities: it.words("capabilities", fields.capabilities),
				metadata: it.metadata("metadata", fields.metadata),
				telemetry: it.telemetry(fields.telemetry),
				namespace: it.word("namespace", fields.namespace, "default"),
				cluster: it.word("cluster", fields.cluster, ""),
				version: it.word("version", fields.version, ""),
			}));
			const { registered_at } = await registry.register(agent);
			return {
				agent_id: agent.agent_id,
				registration_token: "",
				registered_at,
			};
		},

		async Heartbeat(fields) {
			const beat = read((it) => ({
				agent_id: it.id("agent_id", fields.agent_id),
				telemetry: it.telemetry(fields.telemetry),
				metadata: it.metadata("metadata", fields.metadata),
			}));
			return (await registry.heartbeat(beat)) ?? unknown(beat.agent_id);
		},

		async Deregister(fields) {
			const id = read((it) => it.id("agent_id", fields.agent_id));
			return { success: await registry.deregister(id) };
		},

		async DiscoverAgents(fields) {
			const { capabilities, filters, count } = read((it) => ({
				capabilities: it.words("capabilities", fields.capabilities),
				filters: it.filters(fields.filters),
				count: it.count("max_results", fields.max_results, agentLimits.results),
			}));
			const agents = await registry.discover(
				capabilities,
				filters,
				count === 0 ? maxResults : count,
			);
			return { agents: agents.map(toWireAgent), ranked: true };
		},

		async GetAgent(fields) {
			const id = read((it) => it.id("agent_id", fields.agent_id));
			return { agent: toWireAgent((await registry.get(id)) ?? unknown(id)) };
		},

		async ListAgents(fields) {
			const { filters, type } = read((it) => ({
				filters: it.filters(fields.filters),
				type: it.agentType(fields.agent_type),
			}));
			const agents = await registry.list(filters);
			return { agents: agents.filter(isOf(type)).map(toWireAgent) };
		},

		async NotifyAgent(fields) {
			const notice = read((it) => ({
				agent_id: it.id("agent_id", fields.agent_id),
				notification_type: it.word(
					"notification_type",
					fields.notification_type,
					"note",
				),
				message: it.line("message", fields.message),
			}));
			const isTaken = await registry.notify(notice);
			const { agent_id } = notice;
			return isTaken
				? { success: true, error: "" }
				: { success: false, error: `agent ${agent_id} is not registered` };
		},
	};
}

/** Whether an agent is of the type; undefined: of any. */
export function isOf(type: AgentInfo["agent_type"] | undefined) {
	return (agent: AgentInfo): boolean =>
		type === undefined || agent.agent_type === type;
}

/** Agents in the field give their id in the metadata; others leave it to the registry. */
function idOf({ agent_id, metadata }: Fields): unknown {
	const named = (metadata as Fields | undefined)?.agent_id;
	return (
		[agent_id, named].find((id) => id !== undefined && id !== "") ??
		randomUUID()
	);
}

function read<T>(take: (reader: ReturnType<typeof createAgentReader>) => T): T {
	const reader = createAgentReader();
	const value = take(reader);
	if (reader.problems.length > 0)
		throw new CallRefused(
			status.INVALID_ARGUMENT,
			reader.problems.slice(0, PROBLEMS_SHOWN).join("; "),
		);
	return value;
}

function unknown(agentId: string): never {
	throw new CallRefused(status.NOT_FOUND, `agent ${agentId} is not registered`);
}
