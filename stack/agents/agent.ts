import type { AgentRegistry } from "../../src/registry/ports.ts";
import type { DependencyWait } from "./dependency-wait.ts";
import { createRegistrar } from "./keep-registered.ts";
import type { Reporter } from "./report.ts";
import type { AgentSettings } from "./settings.ts";
import type { AgentStats } from "./stats.ts";
import type { TicketClaims } from "./ticket-claims.ts";
import type { OpenTicketSource } from "./ticket-source.ts";
import { createTicketWork } from "./work-on-tickets.ts";

export interface Agent {
	readonly agentId: string;
	/** Resolves once the agent is registered and holds its partitions. */
	ready(): Promise<void>;
	/** Takes nothing new, finishes what it executes within the grace, gives the rest back, withdraws. */
	stop(): Promise<void>;
	/** Forgets everything at once: no result, no commit, no withdrawal. Resolves when its connections are closed. */
	kill(): Promise<void>;
	/** Gives up a ticket that it executes, for this reason; false: it does not. */
	giveUp(ticketId: string, reason: string): boolean;
	stats(): AgentStats;
}

export interface AgentOptions {
	agentId: string;
	settings: AgentSettings;
	registry: AgentRegistry | undefined;
	/** Where it is told to give tickets up. */
	endpoint: string;
	claims: TicketClaims;
	dependencies: DependencyWait;
	reporter: Reporter;
	openSource: OpenTicketSource;
	random: () => number;
	/** Whether to crash on this ticket, asked when its execution begins. */
	mayCrashOn(ticketId: string): boolean;
	/** Told when the agent has crashed by itself. */
	onCrash(): void;
	onRegistryAway: (error: unknown) => void;
}

/** One worker agent: registered, reading tickets, working. */
export async function startAgent(options: AgentOptions): Promise<Agent> {
	const { agentId, settings, registry } = options;
	const life = new AbortController();
	const open = new AbortController();

	const work = createTicketWork({
		...options,
		life: life.signal,
		open: open.signal,
		crashOn(ticketId) {
			// What else runs in a dying agent dies with it; it crashes once.
			if (!life.signal.aborted && options.mayCrashOn(ticketId)) die();
			return life.signal.aborted;
		},
	});

	// Before the first ticket: an agent without a lease counts as dead to the others.
	const registrar =
		registry &&
		createRegistrar({
			registry,
			agentId,
			endpoint: options.endpoint,
			...settings,
			facts: work.facts,
			onAway: options.onRegistryAway,
		});
	await registrar?.renew();
	const registered = registrar?.keep(open.signal);
	const source = await options.openSource(agentId, work, open.signal);

	function die(): void {
		open.abort();
		life.abort();
		options.onCrash();
	}

	return {
		agentId,
		ready: () => source.ready(),
		async stop() {
			open.abort();
			const grace = setTimeout(() => life.abort(), settings.graceMs);
			await source.stop();
			clearTimeout(grace);
			life.abort();
			await registered;
			await registrar?.withdraw();
		},
		async kill() {
			open.abort();
			life.abort();
			await source.abandon();
		},
		giveUp: work.giveUp,
		stats: work.stats,
	};
}
