import type {
	AgentRegistry,
	Heartbeat,
	Registration,
} from "../../src/registry/ports.ts";
import type { LiveFacts } from "./live-facts.ts";
import { createPause } from "./pause.ts";

/** What the agents in the field register with (contracts.md, "Worker agents"). */
export const agentCapabilities = [
	"python",
	"terraform",
	"kubernetes",
	"read",
	"write",
	"compute",
	"analyze",
	"transform",
	"test",
	"code",
	"security",
	"scan",
	"compliance",
	"deploy",
];

export interface Registrar {
	/** Registers, or renews the lease with what the agent does now; a registry that is away is told to `onAway`. */
	renew(): Promise<void>;
	/** Renews until the signal fires, soon again after a failure. The lease runs out while the registry is away. */
	keep(signal: AbortSignal): Promise<void>;
	/** Gives the lease back. */
	withdraw(): Promise<void>;
}

export interface RegistrarOptions {
	registry: AgentRegistry;
	agentId: string;
	/** Where it is told to give tickets up. */
	endpoint: string;
	concurrency: number;
	namespace: string;
	leaseMs: number;
	/** What the agent says of itself with each heartbeat. */
	facts(): LiveFacts;
	onAway: (error: unknown) => void;
}

/** Tickets are taken from an agent that is not registered: it must not wait for the next renewal. */
const RETRY_MS = 1_000;

/** Keeps one agent registered. */
export function createRegistrar(options: RegistrarOptions): Registrar {
	const { registry, agentId: agent_id, leaseMs, onAway } = options;
	let isRegistered = false;
	let isRenewed = false;

	async function renewNow(): Promise<void> {
		const beat: Heartbeat = { agent_id, ...options.facts() };
		// The registry may have lost all it knew.
		if (isRegistered)
			isRegistered = (await registry.heartbeat(beat)) !== undefined;
		if (isRegistered) return;
		await registry.register(toRegistration(options, beat));
		isRegistered = true;
	}

	async function renew(): Promise<void> {
		isRenewed = await renewNow().then(
			() => true,
			(error) => {
				onAway(error);
				return false;
			},
		);
	}

	return {
		renew,
		async keep(signal) {
			const pause = createPause();
			while (!signal.aborted) {
				const usualMs = leaseMs / 3;
				const waitMs = isRenewed ? usualMs : Math.min(RETRY_MS, usualMs);
				await pause.wait(waitMs, signal).catch(() => "aborted");
				if (!signal.aborted) await renew();
			}
		},
		async withdraw() {
			await registry.deregister(agent_id).catch(onAway);
		},
	};
}

function toRegistration(
	{ agentId, endpoint, concurrency, namespace }: RegistrarOptions,
	{ telemetry, metadata }: Heartbeat,
): Registration {
	return {
		agent_id: agentId,
		agent_type: "WORKER",
		capabilities: agentCapabilities,
		metadata: {
			agent_id: agentId,
			endpoint,
			max_concurrent_tasks: String(concurrency),
			// `client.id` of its Kafka consumer: what ties it to a member of the group.
			kafka_client_id: agentId,
			...metadata,
		},
		telemetry,
		namespace,
		cluster: "local",
		version: "1.0.0",
	};
}
