import { setTimeout as sleep } from "node:timers/promises";
import { type Behaviour, chooseBehaviour } from "./choose-behaviour.ts";
import type { DependencyWait } from "./dependency-wait.ts";
import { execute } from "./execute.ts";
import { createFactKeeper, type LiveFacts } from "./live-facts.ts";
import type { AgentTicket, TicketReading } from "./read-ticket.ts";
import type { Reporter } from "./report.ts";
import type { AttemptReport } from "./result-record.ts";
import type { AgentSettings } from "./settings.ts";
import { createSlots } from "./slots.ts";
import { type AgentStats, emptyStats } from "./stats.ts";
import type { TicketClaims } from "./ticket-claims.ts";

export interface TicketWork {
	/** Resolves once nothing of the ticket is left to do: its result is acknowledged, or it needs none. Rejects when the signal fires. */
	take(reading: TicketReading): Promise<void>;
	/** Resolves when the agent may read on. Tickets that wait for dependencies do not count: one behind them may be what they wait for. */
	room(): Promise<void>;
	/** Gives up a ticket that is executed, for this reason; false: it is not. */
	giveUp(ticketId: string, reason: string): boolean;
	stats(): AgentStats;
	/** What the agent says of itself with each heartbeat. */
	facts(): LiveFacts;
}

export interface TicketWorkOptions {
	settings: AgentSettings;
	claims: TicketClaims;
	dependencies: DependencyWait;
	reporter: Reporter;
	/** 0 to 1, as `Math.random`. */
	random: () => number;
	/** Fires when the agent dies: everything is dropped where it stands. */
	life: AbortSignal;
	/** Fires when the agent begins to stop: nothing new is executed. */
	open: AbortSignal;
	/** Whether the agent is to crash on this ticket; if so it is dead when this returns. */
	crashOn(ticketId: string): boolean;
}

/** Tickets read ahead of free places. */
const QUEUE_MAX = 1_000;

type Answer = Extract<Behaviour, { kind: "answer" }>;

/** The work of one agent: claim, wait for dependencies, execute, answer. */
export function createTicketWork(options: TicketWorkOptions): TicketWork {
	const { settings, claims, dependencies, reporter, life, open } = options;
	const stats = emptyStats();
	const slots = createSlots(settings.concurrency);
	const keeper = createFactKeeper(settings.concurrency);
	/** A ticket read again while it is worked on is finished when that work is. */
	const inHand = new Map<string, Promise<void>>();
	/** Tickets that are executed, and how each is given up. */
	const executed = new Map<string, AbortController>();

	async function workOn(ticket: AgentTicket): Promise<void> {
		if ((await claims.claim(ticket.ticketId, open)) === "finished") {
			stats.duplicates += 1;
			return;
		}
		try {
			if (await dependenciesHold(ticket)) await begin(ticket);
		} catch (error) {
			if (!life.aborted) await claims.release(ticket.ticketId);
			throw error;
		}
	}

	/** False: the ticket has been answered with FAILED already. */
	async function dependenciesHold(ticket: AgentTicket): Promise<boolean> {
		const isOrdered = ticket.orchestratorVersion === "V2";
		if (isOrdered && !settings.alwaysWait) return true;
		stats.waiting += 1;
		const outcome = await dependencies
			.wait(ticket.dependencies, open)
			.finally(() => {
				stats.waiting -= 1;
			});
		if (outcome.kind === "completed") return true;
		const errorMessage = `dependency ${outcome.ticketId} ${outcome.message}`;
		await answer(ticket, { status: "FAILED", errorMessage, durationMs: null });
		return false;
	}

	async function begin(ticket: AgentTicket): Promise<void> {
		const behaviour = chooseBehaviour(ticket, settings, options.random);
		if (behaviour.kind === "silent") {
			stats.silent += 1;
			return;
		}
		if (behaviour.kind === "dead-letter") {
			return await bury(ticket.ticketId, ticket.body, {
				errorType: "SIMULATED",
				message: `task ${ticket.taskId} goes to the dead letters (simulated)`,
				retryCount: ticket.maxRetries,
			});
		}
		const execution = () => executeAll(ticket, behaviour);
		const report = await slots.run(
			() => keeper.during(ticket.ticketId, execution),
			open,
		);
		await sleep(behaviour.holdBackMs, undefined, { signal: life });
		const copies = Array.from({ length: behaviour.copies }, () => report);
		await answer(ticket, ...copies);
	}

	async function executeAll(
		ticket: AgentTicket,
		behaviour: Answer,
	): Promise<AttemptReport> {
		if (settings.reportRunning) {
			await reporter.result(ticket, running, life);
		}
		if (options.crashOn(ticket.ticketId)) life.throwIfAborted();
		const giving = new AbortController();
		executed.set(ticket.ticketId, giving);
		const signals = { life, given: giving.signal };
		try {
			return await executeTries(ticket, behaviour, signals);
		} finally {
			executed.delete(ticket.ticketId);
		}
	}

	async function executeTries(
		ticket: AgentTicket,
		behaviour: Answer,
		signals: { life: AbortSignal; given: AbortSignal },
	): Promise<AttemptReport> {
		const retries =
			settings.retries === "sla" ? ticket.maxRetries : settings.retries;
		let report = await execute(ticket, behaviour, signals);
		for (
			let retry = 1;
			report.status === "FAILED" && !report.preempted && retry <= retries;
			retry++
		) {
			const again = chooseBehaviour(ticket, settings, options.random);
			if (again.kind === "answer")
				report = await execute(ticket, again, signals);
		}
		return report;
	}

	async function answer(
		ticket: AgentTicket,
		...reports: AttemptReport[]
	): Promise<void> {
		for (const report of reports) await reporter.result(ticket, report, life);
		await claims.finish(ticket.ticketId);
		// Dependants name this attempt, or a first one that they were published with.
		dependencies.hint(ticket.ticketId);
		dependencies.hint(ticket.logicalId);
		stats[reports[0]?.status === "COMPLETED" ? "completed" : "failed"] += 1;
	}

	async function bury(
		ticketId: string | null,
		body: unknown,
		cause: Parameters<Reporter["deadLetter"]>[2],
	): Promise<void> {
		await reporter.deadLetter(ticketId, body, cause, life);
		if (ticketId !== null) await claims.finish(ticketId);
		stats.deadLettered += 1;
	}

	return {
		async take(reading) {
			stats.received += 1;
			if (reading.kind === "not-pending") {
				stats.ignored += 1;
				return;
			}
			if (reading.kind === "malformed") {
				const { ticketId, body, errorType, problem: message } = reading;
				return await bury(ticketId, body, {
					errorType,
					message,
					retryCount: 0,
				});
			}
			const { ticketId } = reading.ticket;
			const begun = inHand.get(ticketId);
			if (begun !== undefined) {
				stats.duplicates += 1;
				return await begun;
			}
			const work = workOn(reading.ticket).finally(() =>
				inHand.delete(ticketId),
			);
			inHand.set(ticketId, work);
			await work;
		},
		giveUp(ticketId, reason) {
			executed.get(ticketId)?.abort(reason);
			return executed.has(ticketId);
		},
		room: () => slots.roomInLine(QUEUE_MAX),
		stats() {
			const { taken, waiting } = slots.counts();
			return { ...stats, executing: taken, queued: waiting };
		},
		facts: keeper.now,
	};
}

const running: AttemptReport = {
	status: "RUNNING",
	errorMessage: null,
	durationMs: null,
};
