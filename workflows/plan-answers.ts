import type { SearchAttributeUpdatePair } from "@temporalio/common";
import { workflowInfo } from "@temporalio/workflow";
import type { AuditRecord } from "../src/domain/audit-chain.ts";
import type {
	CollectionName,
	CommandRecord,
	PlanDocument,
	TicketDocument,
} from "../src/domain/documents.ts";
import type { LastWords } from "../src/domain/ended-run.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import { fitPayload, lastWithin } from "../src/domain/payload-limits.ts";
import { countTickets, stageOf } from "../src/domain/plan-document.ts";
import { lastProgressAt, slackAt } from "../src/domain/plan-progress.ts";
import { isOpenStatus } from "../src/domain/plan-run.ts";
import { tenantOf } from "../src/domain/policy-question.ts";
import type { PlanOutcome } from "../src/domain/rollout/outcome.ts";
import { PLAN_OUTCOMES } from "../src/domain/rollout/plan-outcome.ts";
import { searchAttributes } from "../src/domain/search-attributes.ts";
import { ticketDocument } from "../src/domain/ticket-documents.ts";
import { foldTicketId } from "../src/domain/ticket-ids.ts";
import { describeSlaOf, slaDeadline } from "./plan-sla.ts";
import { executionsOf, type PlanRun, type RunFacts } from "./run-state.ts";

/** The plan's current document: for MongoDB, and for queries while MongoDB is away. */
export function planDocument(run: PlanRun): Omit<PlanDocument, "revision"> {
	const { facts, identity, input, plan } = run;
	return {
		workflow_id: identity.workflow_id,
		run_id: workflowInfo().firstExecutionRunId,
		kind: "plan",
		plan_id: identity.plan_id,
		decision_id: identity.decision_id,
		intent_id: identity.intent_id,
		correlation_id: identity.correlation_id,
		final_decision: input.decision.final_decision,
		domain: plan?.domain ?? null,
		tenant: tenantOf(input.decision.metadata, plan?.domain ?? null),
		risk_band: facts.terms?.risk_band ?? plan?.risk_band ?? null,
		priority: facts.terms?.priority ?? facts.priority,
		orchestrator_version: identity.orchestrator_version,
		...(facts.fallback && { version_fallback: facts.fallback }),
		plan_hash: facts.planHash,
		status: facts.status,
		stage: stageOf(facts.status, facts.currentStep),
		current_step: facts.currentStep,
		policy: facts.policy,
		...(facts.featureFlags && { feature_flags: facts.featureFlags }),
		problems: facts.problems,
		warnings: facts.warnings,
		steps: facts.steps,
		...(facts.formerRounds && { former_rounds: facts.formerRounds }),
		commands: newestCommands(facts),
		approval: facts.approvalWait,
		audit_head: facts.auditHead,
		...countTickets(run.execution, facts.result ?? undefined),
		results_duplicate: facts.duplicate,
		results_late: facts.late,
		results_unknown: facts.unknown + run.unplaced.length,
		stray_results: facts.stray,
		error_message: facts.errorMessage,
		...(facts.incidentErrors && { incident_errors: facts.incidentErrors }),
		created_at: facts.createdAtMs,
		published_at: facts.publishedAt,
		publish_attempted: facts.publishAttempted,
		finished_at: facts.finishedAt,
		valid_until: plan?.valid_until ?? input.decision.valid_until,
		sla_deadline: slaDeadline(run),
		slack_at: slackOf(run),
		...describeSlaOf(run),
		last_progress_at: progressOf(run),
		source: input.source,
		...(input.trace && { trace_id: input.trace.trace_id }),
		...(input.origin && { origin: input.origin }),
		updated_at: Date.now(),
	};
}

/** Commands hold free text, so their number alone is no limit. */
const MAX_COMMANDS_BYTES = 128_000;

/** The newest commands, as many as the next run should carry. */
export function carriedCommands({ commands }: RunFacts): CommandRecord[] {
	return lastWithin(commands, MAX_COMMANDS_BYTES);
}

/** The plan's document is written after every command, so it shows only the newest ones. */
export const SHOWN_COMMANDS = 50;

function newestCommands(facts: RunFacts): CommandRecord[] {
	const { commands, showsFewCommands } = facts;
	return showsFewCommands
		? carriedCommands({ ...facts, commands: commands.slice(-SHOWN_COMMANDS) })
		: carriedCommands(facts);
}

/** The search attributes that are known once the plan has tickets, beside its status. */
export function ticketAttributes(run: PlanRun): SearchAttributeUpdatePair[] {
	const deadline = slaDeadline(run);
	const sla = deadline === null ? null : new Date(deadline);
	return [
		{ key: searchAttributes.riskBand, value: run.plan?.risk_band ?? null },
		{ key: searchAttributes.domain, value: run.plan?.domain ?? null },
		{ key: searchAttributes.slaDeadline, value: sla },
	];
}

/** Only an open plan has a promise still to keep. */
function slackOf(run: PlanRun): number | null {
	const { execution, facts } = run;
	const deadline = slaDeadline(run);
	return execution === undefined ||
		deadline === null ||
		!isOpenStatus(facts.status)
		? null
		: slackAt(execution, deadline);
}

function progressOf(run: PlanRun): number {
	const { facts } = run;
	return lastProgressAt({
		createdAt: facts.chainStartedAtMs,
		finishedAt: facts.finishedAt,
		steps: facts.steps,
		executions: executionsOf(run),
	});
}

export interface TicketsRequest {
	/** Ids of any attempts; the answer has their tickets. */
	ids?: string[];
	offset?: number;
	limit?: number;
}

export interface TicketPageRequest {
	status?: TicketDocument["status"];
	newestFirst?: boolean;
	offset: number;
	limit: number;
}

type Ticket = Omit<TicketDocument, "revision">;

/** At most so many tickets are considered for one answer, however small they are. */
const MAX_TICKETS = 500;

/** The tickets asked for, from `offset` on, as many as one answer holds. */
export function listTickets(
	run: PlanRun,
	{ ids, offset = 0, limit = MAX_TICKETS }: TicketsRequest,
): Ticket[] {
	const makers =
		ids === undefined
			? ticketMakers(run)
			: makersOf(run, findPlaces(executionsOf(run), ids));
	return fitPage(makers, offset, limit);
}

/** A page of the tickets with that status, as many as one answer holds, and the number of all. */
export function listTicketPage(
	run: PlanRun,
	{ status, newestFirst = false, offset, limit }: TicketPageRequest,
): { tickets: Ticket[]; total: number } {
	const makers = ticketMakers(run);
	if (status === undefined && !newestFirst)
		return { tickets: fitPage(makers, offset, limit), total: makers.length };
	const found = makers
		.map((make) => make())
		.filter((ticket) => status === undefined || ticket.status === status);
	if (newestFirst) found.sort((a, b) => b.created_at - a.created_at);
	const wanted = found.map((ticket) => () => ticket);
	return { tickets: fitPage(wanted, offset, limit), total: found.length };
}

function fitPage(
	makers: readonly (() => Ticket)[],
	offset: number,
	limit: number,
): Ticket[] {
	const end = offset + Math.min(limit, MAX_TICKETS);
	return fitPayload(makers.slice(offset, end), (make) => make());
}

/** All tickets of the plan, those that a rerun has replaced as far as they are not stored. */
export function everyTicket(run: PlanRun): Ticket[] {
	return ticketMakers(run).map((make) => make());
}

/** All tickets of the plan, then the tickets that a rerun has replaced; each document is made when it is needed. */
function ticketMakers(run: PlanRun): (() => Ticket)[] {
	return [
		...makersOf(run, allPlaces(executionsOf(run))),
		...replacedTickets(run).map((ticket) => () => ticket),
	];
}

function makersOf(run: PlanRun, places: readonly Place[]): (() => Ticket)[] {
	const { terms } = run.facts;
	if (terms === null) return [];
	const nowMs = Date.now();
	const { identity } = run;
	return places.map(
		({ execution, ticket }) =>
			() =>
				ticketDocument({ execution, identity, terms }, ticket, nowMs),
	);
}

/** Tickets that a rerun has replaced are known here until they are stored. */
function replacedTickets(run: PlanRun): Ticket[] {
	return unwritten<TicketDocument>(run, "execution_tickets").map((fields) => ({
		...fields,
		output: fields.output ?? {},
	}));
}

/** The documents of a collection that wait to be written. */
export function unwritten<T>(
	{ outbox }: PlanRun,
	collection: CollectionName,
): T[] {
	return [...outbox.values()].flatMap((write) =>
		write.collection === collection ? [write.fields as T] : [],
	);
}

/** The last state of the run, for the workflow that closes the plan of a run ended from outside. */
export function lastWords(run: PlanRun): LastWords {
	const records = unwritten<AuditRecord>(run, "audit_trail");
	const [outcome] = unwritten<PlanOutcome>(run, PLAN_OUTCOMES);
	return {
		plan: planDocument(run),
		records: records.toSorted((a, b) => a.sequence - b.sequence),
		...(outcome && { outcome }),
	};
}

interface Place {
	execution: Execution;
	ticket: number;
}

function allPlaces(executions: Execution[]): Place[] {
	return executions.flatMap((execution) =>
		execution.specs.map((_, ticket) => ({ execution, ticket })),
	);
}

function findPlaces(executions: Execution[], ids: string[]): Place[] {
	return ids.map(foldTicketId).flatMap((id) =>
		executions.flatMap((execution) => {
			const ticket =
				execution.attemptIndex.get(id)?.ticket ??
				execution.specs.findIndex(({ ticket_id }) => ticket_id === id);
			return ticket === -1 ? [] : [{ execution, ticket }];
		}),
	);
}
