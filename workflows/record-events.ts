// Long because everything that is told of a plan is found in one place.
import { patched } from "@temporalio/workflow";
import type { TelemetryFrame } from "../schemas/telemetry-frame.ts";
import {
	decisionDocument,
	validationDocument,
} from "../src/domain/decision-documents.ts";
import type {
	AllocationMetadata,
	CollectionName,
	CommandRecord,
	PlanStep,
	StepName,
} from "../src/domain/documents.ts";
import type { RunEnding } from "../src/domain/ended-run.ts";
import { type Execution, specOf } from "../src/domain/execution/state.ts";
import type { Publication } from "../src/domain/execution/transitions.ts";
import { SERVICE_ACTOR } from "../src/domain/origin.ts";
import {
	isFinalStatus,
	type PlanCommandName,
	type PlanStatus,
	type TicketResult,
} from "../src/domain/plan-run.ts";
import {
	closeStep,
	isStepOfPlan,
	leaveBatch,
	openStep,
} from "../src/domain/plan-steps.ts";
import { PLAN_OUTCOMES } from "../src/domain/rollout/plan-outcome.ts";
import { lastTicketWrites } from "../src/domain/ticket-documents.ts";
import type { Validation } from "../src/domain/validate-plan.ts";
import { appendAudit } from "./audit-trail.ts";
import {
	countByType,
	type OutcomeArm,
	type PlanEnd,
	type PlanLabels,
	planSink,
	type StepTime,
	type TicketCount,
} from "./plan-sinks.ts";
import { passCheckpoint } from "./plan-sla.ts";
import { chainId, keepDocument, type PlanRun, roundId } from "./run-state.ts";
import { takeOutcome } from "./take-outcome.ts";
import { isExported, tracedRound } from "./trace-plan.ts";

/**
 * Everything that can happen to a plan, in the order of its life. An event holds what its observers need
 * beside the run.
 */
export type RunEvent =
	| { kind: "planReceived" }
	| { kind: "validationStarted" }
	/** C1 has ended; the run holds the plan if it is valid. */
	| { kind: "planValidated"; validation: Validation }
	| { kind: "approvalRequestSettled" }
	| { kind: "generationStarted" }
	/** A policy forbids the plan. */
	| { kind: "generationDenied" }
	/** Policies give no decision, so the plan waits for one. */
	| { kind: "policyUndecided" }
	| { kind: "ticketsGenerated"; execution: Execution; priority: string }
	| { kind: "statusChanged"; status: PlanStatus }
	/** C3 and C4 of a batch begin. */
	| { kind: "dispatchStarted"; execution: Execution }
	/** The first try to dispatch a batch failed; a durable one goes on. */
	| { kind: "dispatchDelayed"; execution: Execution }
	/** A policy forbids the batch, or tickets of it. */
	| { kind: "dispatchDenied" }
	/** Policies forbid some tickets of a batch, which end so. */
	| { kind: "ticketsDenied"; count: number }
	/** Tickets of a batch wait for workers, or will never have one. */
	| { kind: "ticketsHeld"; isOut: boolean }
	/** Kafka will never take a ticket. */
	| { kind: "publicationRefused" }
	| {
			kind: "ticketsAllocated";
			execution: Execution;
			allocations: AllocationMetadata[];
			atMs: number;
	  }
	| {
			kind: "ticketsPublished";
			execution: Execution;
			publications: Publication[];
			/** They are the first of the plan. */
			isFirst: boolean;
			atMs: number;
	  }
	/** All batches of a round are done, or were given up. */
	| { kind: "dispatchEnded" }
	/** Results were entered or given up: how many had which effect. */
	| { kind: "resultsEntered"; effects: Record<string, number> }
	/** A worker gave an attempt up for a more urgent ticket. */
	| { kind: "preempted"; result: TicketResult }
	/** Results came before the plan had tickets. */
	| { kind: "resultsTooEarly"; count: number; isShown: boolean }
	| { kind: "planConsolidated"; execution: Execution }
	/** Kafka will never take an incident of the plan. */
	| { kind: "incidentRefused"; reason: string }
	| { kind: "compensationStarted"; count: number }
	| { kind: "compensationEnded"; completed: number; failed: number }
	/** V2 failed: the plan goes on in V1's order. */
	| { kind: "versionFellBack"; reason: string }
	/** The plan has its final status. */
	| { kind: "planEnded" }
	| { kind: "telemetryStarted" }
	/** The frame of the round with these steps is on its topic, and documents that show it are stored or not yet. */
	| {
			kind: "framePublished";
			steps: PlanStep[];
			atMs?: number;
			isStored?: boolean;
	  }
	/** Kafka is away: the frame goes out later, from MongoDB. */
	| { kind: "frameBuffered"; steps: PlanStep[]; frame: TelemetryFrame }
	/** Nothing is left to do for the plan but to store its documents. */
	| { kind: "roundOver" }
	// At any time
	| { kind: "commandApplied"; command: CommandRecord }
	/** A command that came by a signal or by Temporal's own cancel has no effect. */
	| { kind: "commandRefused"; name: PlanCommandName; reason: string }
	/** A ticket leaves the execution; `supersededBy` is the id of the one in its place. */
	| {
			kind: "ticketReplaced";
			execution: Execution;
			ticket: number;
			supersededBy: string | null;
	  }
	/** Something the plan needs did not answer at once, so the plan waits for it durably. */
	| { kind: "waitStarted"; target: "kafka" | "mongodb" }
	/** A fault of this service: the plan's state breaks one of its laws. */
	| { kind: "lawBroken"; problem: string };

/**
 * Tells all observers that something happened to the plan: the only way to its metrics, log, audit trail,
 * steps and documents. A new metric of an event goes into the event's entry below; an observer of all events
 * is called here.
 */
export function record(run: PlanRun, event: RunEvent): void {
	const tell = tellers[event.kind] as (run: PlanRun, event: RunEvent) => void;
	tell(run, event);
}

type Tellers = {
	[Kind in RunEvent["kind"]]: (
		run: PlanRun,
		event: Extract<RunEvent, { kind: Kind }>,
	) => void;
};

const tellers: Tellers = {
	planReceived(run) {
		const { input, identity } = run;
		const { decision_id, orchestrator_version } = identity;
		const { final_decision } = input.decision;
		auditOwn(run, "start", `decision ${decision_id}: ${final_decision}`, {
			decision_id,
			final_decision,
			orchestrator_version,
			source: input.source,
			...input.origin,
		});
	},

	validationStarted(run) {
		beginStep(run, "C1");
	},

	planValidated(run, { validation }) {
		const { identity, input, facts } = run;
		const nowMs = Date.now();
		const { c1, c2 } = facts.policy;
		const policy = c1 ?? c2;
		const verdict = validationDocument(identity, validation, policy, nowMs);
		const decision = decisionDocument({
			decision: input.decision,
			workflowId: identity.workflow_id,
			planHash: facts.planHash,
			source: input.source,
			nowMs,
		});
		keep(run, "validation_audit", chainId(), verdict);
		keep(run, "decisions", identity.decision_id, decision);
		endStep(run, "C1", validation.valid ? "completed" : "failed");
		const result = validation.valid ? "valid" : "invalid";
		planSink.validated(labelsOf(run), result);
	},

	approvalRequestSettled: markPlanDirty,

	generationStarted(run) {
		beginStep(run, "C2");
	},

	generationDenied(run) {
		endStep(run, "C2", "failed");
	},

	policyUndecided(run) {
		markPlanDirty(run);
		planSink.fallback(labelsOf(run), "policy");
	},

	ticketsGenerated(run, { execution, priority }) {
		endStep(run, "C2");
		passCheckpoint(run, "post_ticket_generation");
		planSink.started(labelsOf(run));
		const counts = countByType(execution.specs);
		planSink.generated(labelsOf(run), priority, counts);
	},

	statusChanged(run, { status }) {
		markPlanDirty(run);
		if (!isFinalStatus(status)) return;
		const durationMs = Date.now() - run.facts.roundStartedAtMs;
		planSink.ended(labelsOf(run), { status, durationMs });
	},

	dispatchStarted(run, { execution }) {
		beginBatchStep(run, execution, "C3");
	},

	dispatchDelayed(run, { execution }) {
		endBatchSteps(run, "completed");
		beginBatchStep(run, execution, "C4");
		planSink.fallback(labelsOf(run), "kafka");
	},

	dispatchDenied(run) {
		endBatchSteps(run, "failed");
		markPlanDirty(run);
	},

	ticketsDenied(run, { count }) {
		leaveBatch(run.facts.steps, Date.now());
		markPlanDirty(run);
		planSink.ticketsDenied(labelsOf(run), count);
	},

	ticketsHeld(run, { isOut }) {
		if (!isOut) leaveBatch(run.facts.steps, Date.now());
		markPlanDirty(run);
	},

	publicationRefused(run) {
		endBatchSteps(run, "failed");
		// Without a changed ticket this is a write that runs from before the patch did not make.
		if (patched("10-refusal-shown")) markPlanDirty(run);
	},

	ticketsAllocated(run, { execution, allocations, atMs }) {
		closeStep(run.facts.steps, "C3", "completed", atMs);
		beginBatchStep(run, execution, "C4", atMs);
		const methods = Map.groupBy(
			allocations,
			({ allocation_method }) => allocation_method,
		);
		for (const [method, { length }] of methods)
			planSink.allocated(labelsOf(run), method, length);
	},

	ticketsPublished(run, { execution, publications, isFirst, atMs }) {
		endBatchSteps(run, "completed", atMs);
		markPlanDirty(run);
		const labels = labelsOf(run);
		passCheckpoint(run, "post_ticket_publishing");
		if (isFirst) planSink.firstTickets(labels, atMs - run.input.decided_at_ms);
		const specs = publications.map(({ ticket }) => specOf(execution, ticket));
		const retries = publications.flatMap(({ ticket, attempt }) =>
			attempt > 1
				? [{ task_type: specOf(execution, ticket).task_type, attempt }]
				: [],
		);
		planSink.published(labels, countByType(specs), retries);
	},

	dispatchEnded({ facts }) {
		leaveBatch(facts.steps, Date.now());
	},

	resultsEntered(run, { effects }) {
		markPlanDirty(run);
		planSink.results(labelsOf(run), effects);
	},

	preempted(run, { result: { ticket_id, agent_id, error_message } }) {
		const reason = error_message ?? "preempted";
		auditOwn(run, "preempt", reason, { ticket_id, agent_id });
	},

	resultsTooEarly(run, { count, isShown }) {
		if (isShown) markPlanDirty(run);
		planSink.results(labelsOf(run), { early: count });
	},

	planConsolidated(run, { execution }) {
		beginStep(run, "C5");
		keepResult(run);
		endStep(run, "C5");
		planSink.ticketsEnded(labelsOf(run), countEnded(run, execution));
		run.facts.ticketsCountedAtMs = Date.now();
	},

	incidentRefused(run, { reason }) {
		markPlanDirty(run);
		planSink.incidentRefused(labelsOf(run), reason);
	},

	compensationStarted(run, { count }) {
		const status = run.facts.result?.status;
		auditOwn(run, "compensate", `the plan ended as ${status}`, { count });
		planSink.compensating(labelsOf(run), status ?? "");
	},

	compensationEnded(run, counts) {
		keepResult(run);
		const { completed, failed } = counts;
		const reason = run.facts.result?.status ?? "";
		const nowMs = Date.now();
		const sinceMs = run.compensation?.specs[0]?.created_at ?? nowMs;
		const durationMs = Math.max(0, nowMs - sinceMs);
		planSink.compensated(labelsOf(run), reason, {
			completed,
			failed,
			durationMs,
		});
	},

	versionFellBack(run, { reason }) {
		auditOwn(run, "fall-back", reason, { from: "V2", to: "V1" });
		planSink.fellBack(labelsOf(run), reason);
	},

	planEnded(run) {
		const { status, result, errorMessage } = run.facts;
		const reason = errorMessage ?? `the plan ended as ${status}`;
		auditOwn(run, "end", reason, { status, ...result?.metrics });
		const outcome = takeOutcome(run);
		if (outcome === undefined) return;
		keep(run, PLAN_OUTCOMES, outcome.run_id, outcome);
		planSink.outcome(labelsOf(run), armOf(run), outcome);
	},

	telemetryStarted(run) {
		beginStep(run, "C6");
	},

	framePublished(run, { steps, atMs = Date.now(), isStored = false }) {
		closeStep(steps, "C6", "completed", atMs);
		if (!isStored) showC6(run, steps);
		planSink.frame(labelsOf(run), "published", timesOf(run, steps));
	},

	frameBuffered(run, { steps, frame }) {
		closeStep(steps, "C6", "completed", Date.now());
		showC6(run, steps);
		planSink.frame(labelsOf(run), "buffered", timesOf(run, steps));
		planSink.fallback(labelsOf(run), "telemetry");
		keep(run, "telemetry_buffer", frame.frame_id, {
			frame,
			workflow_id: run.identity.workflow_id,
			buffered_at: Date.now(),
			retry_count: 0,
		});
	},

	roundOver(run) {
		const traced = tracedRound(run);
		if (traced !== undefined) planSink.traced(labelsOf(run), traced);
	},

	commandApplied(run, { command }) {
		const { actor, reason, outcome, details, via, authenticated } = command;
		const came = via === undefined ? {} : { via, authenticated };
		appendAudit(run, {
			actor,
			action: command.command,
			reason,
			details: { command_id: command.id, outcome, ...details, ...came },
		});
	},

	commandRefused(run, { name, reason }) {
		planSink.refused(labelsOf(run), name, reason);
	},

	ticketReplaced(run, { execution, ticket, supersededBy }) {
		const { identity, facts } = run;
		const { terms } = facts;
		if (terms === null) return;
		const plan = { execution, identity, terms };
		const writes = lastTicketWrites(plan, ticket, supersededBy, Date.now());
		for (const write of writes) keepDocument(run, write);
	},

	waitStarted(run, { target }) {
		planSink.fallback(labelsOf(run), target);
	},

	lawBroken(run, { problem }) {
		planSink.inconsistent(labelsOf(run), problem);
	},
};

/** What can happen to a plan whose run was ended from outside: there is no run to read from. */
export type ClosingEvent =
	| {
			kind: "runEnded";
			labels: PlanLabels;
			ending: RunEnding;
			planId: string;
			/** undefined: the plan had reached its final status by itself. */
			end: PlanEnd | undefined;
	  }
	| { kind: "framePublished" };

/** As `record`, for the workflow that closes such a plan. */
export function recordClosing(event: ClosingEvent): void {
	if (event.kind === "framePublished") planSink.frame(null, "published", []);
	else planSink.runEnded(event.labels, event.ending, event.planId, event.end);
}

function labelsOf(run: PlanRun): PlanLabels {
	const { plan, input, identity } = run;
	return {
		risk_band: plan?.risk_band ?? "unknown",
		orchestrator_version: input.orchestrator_version,
		trace_id: input.trace?.trace_id ?? identity.trace_id,
		exported: isExported(run),
	};
}

/** Whether a release has it for its base or its candidate. */
function armOf({ input }: PlanRun): OutcomeArm {
	const release = input.routing?.release;
	return release?.weight == null ? "none" : release.arm;
}

/** The plan's document does not show its newest state. */
function markPlanDirty(run: PlanRun): void {
	run.planDirty = true;
}

/** Audits an action of the service itself, which no person asked for. */
function auditOwn(
	run: PlanRun,
	action: string,
	reason: string,
	details: Record<string, unknown>,
): void {
	appendAudit(run, { actor: SERVICE_ACTOR, action, reason, details });
}

function keep(
	run: PlanRun,
	collection: CollectionName,
	_id: string,
	fields: object,
): void {
	keepDocument(run, { collection, _id, fields: { ...fields } });
}

/** The result of this round, again after a compensation: that changes its figures. */
function keepResult(run: PlanRun): void {
	const { identity, facts } = run;
	const consolidated_at = Date.now();
	const fields = { ...identity, ...facts.result, consolidated_at };
	keep(run, "workflow_results", roundId(run), fields);
}

/** Opens a step of the plan, or goes back to it. */
function beginStep(
	{ facts }: PlanRun,
	name: StepName,
	atMs: number = Date.now(),
): void {
	facts.currentStep = name;
	openStep(facts.steps, name, atMs);
}

function endStep(
	run: PlanRun,
	name: StepName,
	status: PlanStep["status"] = "completed",
): void {
	closeStep(run.facts.steps, name, status, Date.now());
	markPlanDirty(run);
}

/**
 * Opens C3 or C4 for a batch of the plan's own tickets. Compensations are published the same way, and are
 * part of what C5 has decided.
 */
function beginBatchStep(
	run: PlanRun,
	{ rules }: Execution,
	name: "C3" | "C4",
	atMs?: number,
): void {
	if (!rules.compensation) beginStep(run, name, atMs);
}

/** Closes C3 and C4 if they are open. */
function endBatchSteps(
	{ facts }: PlanRun,
	status: PlanStep["status"],
	atMs: number = Date.now(),
): void {
	closeStep(facts.steps, "C3", status, atMs);
	closeStep(facts.steps, "C4", status, atMs);
}

/** C1 and C2 run once, so they belong to the first round. */
function timesOf({ facts }: PlanRun, steps: readonly PlanStep[]): StepTime[] {
	const isRerun = facts.round > 0;
	return steps.flatMap((step) =>
		step.duration_ms === null || (isRerun && isStepOfPlan(step))
			? []
			: [{ name: step.name, durationMs: step.duration_ms }],
	);
}

/** A rerun may have begun another round, with steps of its own. */
function showC6(run: PlanRun, steps: PlanStep[]): void {
	if (steps === run.facts.steps) markPlanDirty(run);
}

/**
 * The tickets that have ended since C5 last counted. A round that was ended from outside did not come to
 * count; a ticket that a rerun keeps was counted.
 */
function countEnded(
	{ facts }: PlanRun,
	{ tickets, specs }: Execution,
): (TicketCount & { outcome: string })[] {
	const { round, roundStartedAtMs } = facts;
	const formerly = round === 0 ? 0 : roundStartedAtMs;
	const countedAtMs = facts.ticketsCountedAtMs ?? formerly;
	const uncounted = [...tickets.keys()].filter(
		(ticket) => (tickets[ticket]?.renewal?.created_at ?? 0) >= countedAtMs,
	);
	const byOutcome = Map.groupBy(
		uncounted,
		(ticket) => tickets[ticket]?.outcome ?? "open",
	);
	return [...byOutcome].flatMap(([outcome, own]) =>
		countByType(own.flatMap((ticket) => specs[ticket] ?? [])).map((count) => ({
			...count,
			outcome,
		})),
	);
}
