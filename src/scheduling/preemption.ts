import { readExecuting } from "../domain/registry/executing.ts";
import {
	type ExecutedTicket,
	mayPreempt,
	orderExecuted,
} from "../domain/scheduling/preempt.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AgentRegistry } from "../registry/ports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { CancelTask } from "./cancel-task.ts";
import type { Reservations } from "./reservations.ts";
import type { FullTicket } from "./saturation.ts";

export interface PreemptionSettings {
	/** The time that an agent has to give a ticket up. */
	graceMs: number;
	/** In all processes together. */
	maxConcurrent: number;
	/** Between two at one agent. */
	cooldownMs: number;
}

/** Who makes room for whom, for all processes. Throws CACHE_UNAVAILABLE. */
export interface PreemptionStore {
	/**
	 * The first of these executed tickets that has its place there, may be preempted, and whose agent rests
	 * from none: it counts as under way for `urgentId` until the grace is over.
	 */
	preempt(
		urgentId: string,
		executed: readonly ExecutedTicket[],
		settings: PreemptionSettings,
	): Promise<ExecutedTicket | "max_concurrent" | "under_way" | "no_candidates">;
	/** This agent makes no room for it after all: for some seconds it is not asked again. */
	giveUpPreemption(urgentId: string, agentId: string): Promise<void>;
}

export interface PreemptionDeps {
	store: PreemptionStore;
	registry: Pick<AgentRegistry, "get">;
	cancelTask: CancelTask;
	reservations: Pick<Reservations, "giveBack">;
	settings: PreemptionSettings;
	metrics: Pick<Metrics, "preemptionAttempts" | "ticketsPreempted">;
	log: Log;
}

/** Agents that are asked what they execute. */
const MAX_AGENTS = 20;

/**
 * Has running tickets of the least priority make room for urgent ones that wait for a place: their agents give them
 * up and report them as preempted, and the places are free. Returns at once and never throws: the urgent ticket
 * tries again to get a place as it would anyway.
 */
export function createPreemption({
	store,
	registry,
	cancelTask,
	reservations,
	settings,
	metrics,
	log,
}: PreemptionDeps): (waiting: readonly FullTicket[]) => void {
	const asked = new Set<string>();

	async function makeRoomFor({ ticket, agents }: FullTicket): Promise<void> {
		const { ticket_id, priority } = ticket;
		const executed = await readExecuted(agents.slice(0, MAX_AGENTS));
		const chosen = await store.preempt(ticket_id, executed, settings);
		if (chosen === "under_way") return;
		if (typeof chosen === "string") {
			metrics.preemptionAttempts.inc({ success: "False", reason: chosen });
			return;
		}
		const { graceMs } = settings;
		const request = { preempted_by: ticket_id, graceMs };
		const outcome = await cancelTask(chosen, request);
		const isPreempted = outcome === "preempted";
		const success = isPreempted ? "True" : "False";
		metrics.preemptionAttempts.inc({ success, reason: outcome });
		const { agent_id, ticket_id: preempted } = chosen;
		log.info({ ticket_id, preempted, agent_id, outcome }, "preemption");
		if (!isPreempted) return await store.giveUpPreemption(ticket_id, agent_id);
		reservations.giveBack([preempted]);
		metrics.ticketsPreempted.inc({
			preempted_priority: "LOW",
			preemptor_priority: priority,
		});
	}

	async function readExecuted(agents: readonly string[]) {
		const known = await Promise.all(agents.map((id) => registry.get(id)));
		return orderExecuted(
			known.flatMap((agent) => {
				const { endpoint = "", executing } = agent?.metadata ?? {};
				if (agent === undefined || !isHttp(endpoint)) return [];
				const { agent_id } = agent;
				const tickets = readExecuting(executing) ?? [];
				return [{ agent_id, endpoint, executing: tickets }];
			}),
		);
	}

	return (waiting) => {
		for (const one of waiting) {
			const { ticket_id, priority } = one.ticket;
			if (asked.size >= settings.maxConcurrent) return;
			if (!mayPreempt(priority) || asked.has(ticket_id)) continue;
			asked.add(ticket_id);
			makeRoomFor(one)
				.catch((error: unknown) => {
					const isAway =
						hasCode(error, "CACHE_UNAVAILABLE") ||
						hasCode(error, "WORKERS_UNAVAILABLE");
					const level = isAway ? "debug" : "error";
					log[level]({ error, ticket_id }, "nobody is preempted");
				})
				.finally(() => asked.delete(ticket_id));
		}
	};
}

function isHttp(endpoint: string): boolean {
	const protocol = URL.parse(endpoint)?.protocol;
	return protocol === "http:" || protocol === "https:";
}
