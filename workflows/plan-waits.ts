import {
	type Execution,
	specOf,
	stateOf,
} from "../src/domain/execution/state.ts";
import { dueAtMs } from "../src/domain/execution/ticket-clocks.ts";
import {
	isFinalStatus,
	type PlanWait,
	type PlanWaits,
} from "../src/domain/plan-run.ts";
import { describeWait } from "../src/domain/scheduling/capacity-wait.ts";
import type { PlanRun, RunFacts } from "./run-state.ts";

/** An answer has at most so many waits; `total` is the number of all. */
const MAX_WAITS = 100;

/** Every wait of the plan: since when, and what would end it. */
export function planWaits(run: PlanRun): PlanWaits {
	const waits = [...waitsOfPlan(run), ...waitsOfTickets(run)];
	return {
		plan_id: run.identity.plan_id,
		status: run.facts.status,
		summary: summarize(run, waits),
		waits: waits.slice(0, MAX_WAITS),
		total: waits.length,
	};
}

function waitsOfPlan(run: PlanRun): PlanWait[] {
	const { facts } = run;
	const waits: PlanWait[] = [];
	waits.push(...waitsForPerson(facts));
	if (run.ledgerSince !== null) {
		waits.push({
			what: "ledger",
			since_ms: run.ledgerSince,
			unblocked_by: "MongoDB answering for cognitive_ledger",
		});
	}
	if (facts.policyWait !== undefined)
		waits.push({
			what: "policy",
			since_ms: facts.policyWait.sinceMs,
			attempts: facts.policyWait.tries,
			error: facts.policyWait.reason,
			unblocked_by:
				"a decision of policies: nothing is published without one; they are asked again and again",
		});
	if (facts.pausedAtMs !== null)
		waits.push({
			what: "resume",
			since_ms: facts.pausedAtMs,
			unblocked_by: "a resume command",
		});
	if (run.publishingSince !== null)
		waits.push({
			what: "kafka",
			since_ms: run.publishingSince,
			unblocked_by: "Kafka acknowledging the tickets",
		});
	if (run.writingSince !== null)
		waits.push({
			what: "mongodb",
			since_ms: run.writingSince,
			unblocked_by:
				"MongoDB taking the audit documents; the plan goes on meanwhile",
		});
	return waits;
}

function waitsForPerson({ status, approvalWait }: RunFacts): PlanWait[] {
	if (status !== "AWAITING_APPROVAL" || approvalWait === null) return [];
	const { requested_at, expires_at, published_at, request_error } =
		approvalWait;
	const person: PlanWait = {
		what: "approval",
		since_ms: requested_at,
		until_ms: expires_at,
		unblocked_by: "an approve or reject command, or an answer on Kafka",
	};
	if (published_at !== null) return [person];
	const request: PlanWait = {
		what: "kafka",
		since_ms: requested_at,
		unblocked_by:
			request_error === null
				? "Kafka taking the request for approval; commands work meanwhile"
				: `an approve or reject command: Kafka refuses the request (${request_error})`,
	};
	return [person, request];
}

function waitsOfTickets(run: PlanRun): PlanWait[] {
	const compensating =
		run.compensation !== undefined && run.compensation.openCount > 0;
	const execution = compensating ? run.compensation : run.execution;
	if (execution === undefined) return [];
	const open = [...execution.tickets.keys()].filter((ticket) => {
		const { phase } = stateOf(execution, ticket);
		return phase === "running" || phase === "backing-off";
	});
	const forWorkers = compensating ? [] : waitsForWorkers(run.facts, execution);
	return open
		.map((ticket) => waitOfTicket(execution, ticket, compensating))
		.concat(forWorkers)
		.sort((a, b) => a.since_ms - b.since_ms);
}

function waitsForWorkers(
	{ capacityWaits }: RunFacts,
	execution: Execution,
): PlanWait[] {
	const waiting = capacityWaits?.tickets ?? [];
	return waiting
		.filter(({ ticket }) => execution.ready.has(ticket))
		.map(({ ticket, sinceMs, wait }) => {
			const { ticket_id, task_id } = specOf(execution, ticket);
			return {
				what: "capacity",
				ticket_id,
				task_id,
				since_ms: sinceMs,
				unblocked_by: describeWait(wait),
			};
		});
}

function waitOfTicket(
	execution: Execution,
	ticket: number,
	compensating: boolean,
): PlanWait {
	const state = stateOf(execution, ticket);
	const spec = specOf(execution, ticket);
	const due = dueAtMs(execution, ticket);
	const where = {
		ticket_id: spec.ticket_id,
		task_id: spec.task_id,
		...(due === Infinity ? {} : { until_ms: due }),
	};
	if (state.phase === "backing-off") {
		return {
			what: "retry",
			...where,
			since_ms: state.attempts.at(-1)?.finishedAt ?? 0,
			unblocked_by: `attempt ${state.attempts.length + 1}, once its back-off is over${state.attempts.at(-1)?.preempted ? ": it made room for a more urgent ticket" : ""}`,
		};
	}
	const since_ms = state.attempts.at(-1)?.publishedAt ?? 0;
	const worker =
		state.agentId ?? state.allocation?.agent_id ?? "a worker agent";
	const waitsInWorker =
		state.missing > 0
			? `, which waits for ${state.missing} of its dependencies`
			: "";
	return {
		what: compensating ? "compensation" : "result",
		...where,
		since_ms,
		unblocked_by: `a result from ${worker}${waitsInWorker}`,
	};
}

function summarize({ facts }: PlanRun, waits: PlanWait[]): string {
	if (isFinalStatus(facts.status)) {
		const isRefused = facts.status === "INVALID" && facts.errorMessage !== null;
		const why = isRefused ? `: ${facts.errorMessage}` : "";
		const writing =
			waits.length === 0 ? "" : "; its documents wait for MongoDB";
		return `the plan ended as ${facts.status}${why}${writing}`;
	}
	const first = waits[0];
	if (first === undefined)
		return "the plan waits for nothing: it is being worked on";
	const more = waits.length > 1 ? `, and ${waits.length - 1} more` : "";
	return `waits for ${first.what}${first.task_id === undefined ? "" : ` of task ${first.task_id}`}${more}: unblocked by ${first.unblocked_by}`;
}
