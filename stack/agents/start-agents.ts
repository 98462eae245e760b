import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Agent, startAgent } from "./agent.ts";
import type { AgentsOptions } from "./agents-options.ts";
import { openCancelServer } from "./cancel-server.ts";
import { type Connections, openConnections } from "./connections.ts";
import { createReporter } from "./report.ts";
import { type AgentSettings, defaultAgentSettings } from "./settings.ts";
import { type AgentStats, addStats, emptyStats } from "./stats.ts";
import { createTicketClaims } from "./ticket-claims.ts";

/** Worker agents of one process. */
export interface Agents {
	/** Resolves once every agent is registered and has joined the group. */
	ready(): Promise<void>;
	/** Finishes what is executed, gives back the rest, withdraws, closes everything. */
	stop(): Promise<void>;
	/** As if the process had been killed: nothing is finished, told, committed or withdrawn. */
	kill(): Promise<void>;
	/** Of all agents together, those that crashed included. */
	stats(): AgentStats;
}

/** Starts worker agents. They work while Redis or Kafka is away as soon as it is back. */
export async function startAgents(options: AgentsOptions): Promise<Agents> {
	const settings = { ...defaultAgentSettings, ...options.settings };
	const connections = await openConnections(options, settings);
	const prefix = options.idPrefix ?? `agent-${randomBytes(3).toString("hex")}`;
	const seats: Seat[] = [];
	const cancels = await openCancelServer((ticketId, reason) =>
		seats.some((seat) => seat.giveUp(ticketId, reason)),
	);
	const filled = await Promise.all(
		Array.from({ length: options.agents ?? 4 }, (_, at) =>
			fillSeat(`${prefix}-${at + 1}`, {
				...{ options, settings, connections },
				endpoint: cancels.endpoint,
			}),
		),
	);
	seats.push(...filled);

	async function end(how: "stop" | "kill"): Promise<void> {
		connections.dependencies.close();
		await Promise.all(seats.map((seat) => seat[how]()));
		await cancels.close();
		await connections.close();
	}

	return {
		ready: async () =>
			void (await Promise.all(seats.map((one) => one.ready()))),
		stop: () => end("stop"),
		kill: () => end("kill"),
		stats: () =>
			seats.map((seat) => seat.stats()).reduce(addStats, emptyStats()),
	};
}

interface Surroundings {
	options: AgentsOptions;
	settings: AgentSettings;
	connections: Connections;
	endpoint: string;
}

/** A place in which an agent that crashed is followed by another. */
interface Seat {
	ready(): Promise<void>;
	stop(): Promise<void>;
	kill(): Promise<void>;
	giveUp(ticketId: string, reason: string): boolean;
	stats(): AgentStats;
}

async function fillSeat(
	firstId: string,
	surroundings: Surroundings,
): Promise<Seat> {
	const { settings, connections } = surroundings;
	const closed = new AbortController();
	let past = emptyStats();
	let succession: Promise<void> = Promise.resolve();
	let agent: Agent | undefined = await open(firstId);

	async function open(agentId: string): Promise<Agent> {
		return await startOne(agentId, surroundings, () => {
			succession = succession.then(replace);
		});
	}

	async function replace(): Promise<void> {
		const dead = agent;
		if (dead === undefined) return;
		connections.log.warn({ agentId: dead.agentId }, "agent crashed");
		await dead.kill();
		past = {
			...addStats(past, settled(dead.stats())),
			crashes: past.crashes + 1,
		};
		agent = undefined;
		await sleep(settings.crashDowntimeMs, undefined, {
			signal: closed.signal,
		}).catch(() => "closed");
		// Another id: whoever asks for the old one learns that it is dead.
		if (!closed.signal.aborted)
			agent = await open(`${firstId}-r${past.crashes}`);
	}

	async function close(how: "stop" | "kill"): Promise<void> {
		closed.abort();
		await succession;
		await agent?.[how]();
	}

	return {
		ready: async () => await agent?.ready(),
		stop: () => close("stop"),
		kill: () => close("kill"),
		giveUp: (ticketId, reason) => agent?.giveUp(ticketId, reason) ?? false,
		stats: () => addStats(past, agent?.stats() ?? emptyStats()),
	};
}

/** What a dead agent leaves to be counted: nothing of it goes on. */
function settled(stats: AgentStats): AgentStats {
	return { ...stats, waiting: 0, queued: 0, executing: 0 };
}

async function startOne(
	agentId: string,
	{ options, settings, connections, endpoint }: Surroundings,
	onCrash: () => void,
): Promise<Agent> {
	const { log, claimStore, registry, topics } = connections;
	const random = options.random ?? Math.random;
	return await startAgent({
		agentId,
		settings,
		registry,
		endpoint,
		claims: createTicketClaims(agentId, claimStore, (error) =>
			log.debug({ error: String(error) }, "claims are kept in memory only"),
		),
		dependencies: connections.dependencies,
		reporter: createReporter({
			agentId,
			topics: {
				results: topics.results.name,
				ticketsDlq: topics.ticketsDlq.name,
			},
			producer: connections.producer,
			encodeResult: connections.encodeResult,
			onUnsent: (error) =>
				log.warn({ error: String(error) }, "a result is not sent yet"),
		}),
		openSource: connections.openSource,
		random,
		mayCrashOn(ticketId) {
			if (random() >= settings.crashRatio) return false;
			return connections.isFirstCrash(ticketId);
		},
		onCrash,
		onRegistryAway: (error) =>
			log.debug({ error: String(error) }, "agent is not registered"),
	});
}
