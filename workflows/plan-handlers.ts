import {
	condition,
	defineQuery,
	defineSignal,
	defineUpdate,
	patched,
	setHandler,
} from "@temporalio/workflow";
import { stageOf } from "../src/domain/plan-document.ts";
import {
	isFinalStatus,
	planQueries,
	planSignals,
	type TicketResult,
} from "../src/domain/plan-run.ts";
import { type PlanVerdict, verdictUpdate } from "../src/domain/plan-verdict.ts";
import { readResult } from "../src/domain/read-result.ts";
import { readSignalledResults } from "../src/domain/read-signal.ts";
import { foldTicketId } from "../src/domain/ticket-ids.ts";
import { setCommandHandlers } from "./apply-command.ts";
import { auditEndOf } from "./audit-trail.ts";
import { setCommandSignals } from "./command-signals.ts";
import { receiveResults } from "./enter-results.ts";
import {
	lastWords,
	listTicketPage,
	listTickets,
	planDocument,
	type TicketPageRequest,
	type TicketsRequest,
} from "./plan-answers.ts";
import {
	attemptsPart,
	graphPart,
	type PartRequest,
} from "./plan-history-answers.ts";
import { planWaits } from "./plan-waits.ts";
import { type RerunStateRequest, rerunState } from "./rerun-task.ts";
import type { PlanRun } from "./run-state.ts";

/** Sets all handlers of a running plan, before the first await, so that no message comes too early. */
export function setPlanHandlers(run: PlanRun): void {
	setSignalHandlers(run);
	setQueryHandlers(run);
	setVerdictHandler(run);
	setCommandHandlers(run);
	setCommandSignals(run);
}

function setSignalHandlers(run: PlanRun): void {
	setHandler(
		defineSignal<[TicketResult[]]>(planSignals.ticketResults),
		(results) => {
			take(run, readSignalledResults(results));
		},
	);
	setHandler(
		defineSignal<[string, unknown]>(planSignals.ticketCompleted),
		(ticketId, result) => {
			const read = readResult(
				{
					status: "COMPLETED",
					...(typeof result === "object" ? result : {}),
					ticket_id: ticketId,
				},
				null,
			);
			// The id as it was sent: `readResult` has folded it.
			const ticket_id = String(ticketId);
			take(run, read.ok ? [{ ...read.result, ticket_id }] : []);
		},
	);
}

function take(run: PlanRun, results: TicketResult[]): void {
	receiveResults(
		run,
		results.map((result) => {
			const ticket_id = foldTicketId(result.ticket_id);
			// Runs of earlier releases did not know a ticket by an id in capitals.
			const isOld =
				ticket_id !== result.ticket_id && !patched("9-ticket-id-case");
			return isOld ? result : { ...result, ticket_id };
		}),
	);
}

function setQueryHandlers(run: PlanRun): void {
	setHandler(defineQuery<object>(planQueries.plan), () => planDocument(run));
	setHandler(
		defineQuery<object, [TicketsRequest?]>(planQueries.tickets),
		(request) => listTickets(run, request ?? {}),
	);
	setHandler(
		defineQuery<object, [TicketPageRequest]>(planQueries.ticketPage),
		(request) => listTicketPage(run, request),
	);
	setHandler(defineQuery<object>(planQueries.lastWords), () => lastWords(run));
	setHandler(defineQuery<object>(planQueries.why), () => planWaits(run));
	setHandler(
		defineQuery<object, [RerunStateRequest]>(planQueries.rerunState),
		(request) => rerunState(run, request),
	);
	setHandler(
		defineQuery<object, [PartRequest?]>(planQueries.graph),
		(request) => graphPart(run, request ?? {}),
	);
	setHandler(
		defineQuery<object, [PartRequest?]>(planQueries.attempts),
		(request) => attemptsPart(run, request ?? {}),
	);
	setHandler(defineQuery<object>(planQueries.auditEnd), () => auditEndOf(run));
	setHandler(
		defineQuery<object, [TicketsRequest?]>(planQueries.getTickets),
		(request) => listTickets(run, request ?? {}),
	);
	setHandler(defineQuery<object>(planQueries.getStatus), () => {
		const { tickets_generated, tickets_completed, tickets_failed } =
			planDocument(run);
		return {
			status: stageOf(run.facts.status, run.facts.currentStep),
			current_step: run.facts.currentStep,
			plan_status: run.facts.status,
			tickets_generated,
			tickets_completed,
			tickets_failed,
			workflow_result: run.facts.result,
			sla_warnings: [],
		};
	});
}

/** Answers as soon as C1 has ended. Costs nothing when nobody asks. */
function setVerdictHandler(run: PlanRun): void {
	setHandler(defineUpdate<PlanVerdict, []>(verdictUpdate), async () => {
		await condition(() => isJudged(run));
		const { facts, identity, plan } = run;
		return {
			plan_id: identity.plan_id,
			status: facts.status,
			valid: facts.status !== "INVALID",
			problems: facts.problems,
			warnings: facts.warnings,
			plan_hash: facts.planHash,
			tickets: plan?.tasks.length ?? 0,
		};
	});
}

/** True once C1 has ended, or a cancel came before. */
function isJudged({ facts }: PlanRun): boolean {
	const c1 = facts.steps.find(({ name }) => name === "C1");
	return (
		isFinalStatus(facts.status) || (c1 !== undefined && c1.status !== "running")
	);
}
