import type {
	AgentChange,
	AgentInfo,
	AgentStatus,
	AgentTelemetry,
	AgentType,
} from "../domain/registry/agent.ts";
import type { AgentFilters } from "../domain/registry/judge-agent.ts";
import type { WorkerView } from "../plans/worker-directory.ts";
import type { Pauses } from "./pauses.ts";

/** What an agent registers with. */
export interface Registration {
	agent_id: string;
	agent_type: AgentType;
	capabilities: readonly string[];
	metadata: Readonly<Record<string, string>>;
	telemetry: AgentTelemetry | null;
	namespace: string;
	cluster: string;
	version: string;
}

export interface Heartbeat {
	agent_id: string;
	telemetry: AgentTelemetry | null;
	/** Put over the metadata of the registration. */
	metadata: Readonly<Record<string, string>>;
}

export interface AgentNotice {
	agent_id: string;
	notification_type: string;
	message: string;
}

/**
 * The registry of worker agents: its own state in Redis, or another process asked over gRPC. Every call
 * throws CACHE_UNAVAILABLE or WORKERS_UNAVAILABLE when nobody can be asked.
 */
export interface AgentRegistry {
	/** Takes or renews the agent's lease. Throws REGISTRATION_REFUSED when the registry takes no more. */
	register(agent: Registration): Promise<{ registered_at: number }>;
	/** undefined: the agent is not registered (any more). */
	heartbeat(
		beat: Heartbeat,
	): Promise<{ status: AgentStatus; last_seen: number } | undefined>;
	/** Gives the lease back; false when there was none. */
	deregister(agentId: string): Promise<boolean>;
	/** The best agents that match, the best first. */
	discover(
		capabilities: readonly string[],
		filters: AgentFilters,
		maxResults: number,
	): Promise<AgentInfo[]>;
	/** Also for hours after its lease ran out. */
	get(agentId: string): Promise<AgentInfo | undefined>;
	/** By id, those whose lease ran out some minutes ago included. */
	list(filters?: AgentFilters): Promise<AgentInfo[]>;
	/** Tells every change until the signal fires; rejects when the registry is lost. */
	watch(
		onChanges: (changes: readonly AgentChange[]) => void,
		signal: AbortSignal,
	): Promise<void>;
	/** Leaves a note in the agent's metadata; false when it is not registered. */
	notify(notice: AgentNotice): Promise<boolean>;
	/** Resolves when the registry answers. */
	ping(): Promise<void>;
}

/** The port of the routes of workers. */
export interface WorkerSources {
	/** What is known of the workers, read for this call if anybody answers. Never throws. */
	readView(): Promise<WorkerView>;
	/** undefined: nobody knows it. Throws CACHE_UNAVAILABLE or WORKERS_UNAVAILABLE when nobody can be asked. */
	readAgent(agentId: string): Promise<AgentInfo | undefined>;
	pauses: Pauses;
	/**
	 * What outcomes left on workers, by id, the newest kinds first; undefined: they leave nothing, or nobody knows it
	 * now. Never throws.
	 */
	readTraces(
		agentIds: readonly string[],
	): Promise<ReadonlyMap<string, WorkerTrace[]> | undefined>;
}

/** What outcomes of one kind of ticket left on a worker. */
export interface WorkerTrace {
	/** Task type and capability set. */
	kind: string;
	/** 0 to 1, 0.5 for nothing known. */
	score: number;
	success: number;
	failure: number;
	/** How many times as long as a model predicted its tickets took; null: nobody knows. */
	pace: number | null;
	/** Of the newest outcome, Unix epoch, ms. */
	at_ms: number;
}
