import {
	ApplicationFailure,
	allHandlersFinished,
	CancellationScope,
	condition,
	patched,
} from "@temporalio/workflow";
import type { AuditHead } from "../src/domain/audit-chain.ts";
import { brokenInvariant } from "../src/domain/execution/invariants.ts";
import {
	type ClosedUnpublishedType,
	type FinalPlanStatus,
	isFinalStatus,
	type PlanCommand,
	type PlanRunInput,
} from "../src/domain/plan-run.ts";
import { isDeniedOnly } from "../src/domain/policy-problems.ts";
import { applyCommand, openingRefusal } from "./apply-command.ts";
import { awaitApproval } from "./await-approval.ts";
import { type CarriedRun, restoreRun } from "./carry-run.ts";
import { takeTemporalCancel } from "./command-signals.ts";
import { compensatePlan } from "./compensate-plan.ts";
import { consolidatePlan, raiseIncident } from "./consolidate-plan.ts";
import {
	createDocumentFlusher,
	type DocumentFlusher,
} from "./document-flusher.ts";
import { giveUpUnplaced, takeInbox } from "./enter-results.ts";
import { generatePlanTickets } from "./generate-plan-tickets.ts";
import { moveStatus } from "./move-status.ts";
import { ticketAttributes } from "./plan-answers.ts";
import { setPlanHandlers } from "./plan-handlers.ts";
import { publishPlanTelemetry } from "./publish-plan-telemetry.ts";
import { record } from "./record-events.ts";
import { beginAgain, type LeftState, leaveState } from "./rerun-task.ts";
import {
	isConcluded,
	isPrepared,
	isValidated,
	openRun,
	type PlanRun,
	type PreparedRun,
} from "./run-state.ts";
import { runTickets } from "./run-tickets.ts";
import {
	shouldYield,
	shouldYieldWait,
	throughRuns,
} from "./start-fresh-run.ts";
import { validatePlanOfRun } from "./validate-plan-of-run.ts";

/** How a plan's workflow closes when something was published; else it fails with a type of its own. */
export interface PlanRunOutcome {
	plan_id: string;
	status: FinalPlanStatus;
	tickets_generated: number;
	tickets_completed: number;
	tickets_failed: number;
	/** Where the plan's audit trail ends: a witness that is not in MongoDB. */
	audit_head: AuditHead | null;
	/** Of runs of a build. */
	left_state?: LeftState;
	/** The rerun that this run was started for is not possible. */
	refused_rerun?: { idempotency_key: string | null; problem: string };
}

/**
 * One approved plan, C1 to C6, as one durable run under `orch-{plan_id}` (architecture.md, protocol.md).
 * Returns when the plan is done and its documents are stored; `carried` comes from continue-as-new, or from a
 * closed run of the plan together with the `rerun` that opens it again.
 */
export async function orchestratePlan(
	input: PlanRunInput,
	carried?: CarriedRun,
	rerun?: PlanCommand,
): Promise<PlanRunOutcome> {
	const run = openRun(input, carried?.facts);
	const flusher = createDocumentFlusher(run);
	if (carried !== undefined) restoreRun(run, carried);
	if (carried === undefined) record(run, { kind: "planReceived" });
	const refusal = rerun && openAgain(run, rerun);
	// Signals and updates that came earlier are delivered as soon as a handler is set: the state is complete by
	// now.
	setPlanHandlers(run);
	if (refusal !== undefined) {
		const { idempotency_key = null } = rerun ?? {};
		const refused_rerun = { idempotency_key, problem: refusal.message };
		return { ...closeRefused(run, refusal), refused_rerun };
	}
	takeTemporalCancel(run);

	await CancellationScope.nonCancellable(async () => {
		// A plan that had ended only waits for its documents.
		if (!isFinalStatus(run.facts.status)) {
			const prepared = isPrepared(run) ? run : await prepare(run, flusher);
			if (prepared !== undefined) await execute(prepared, flusher);
			else {
				record(run, { kind: "planEnded" });
				record(run, { kind: "roundOver" });
			}
		}
		await storeDocuments(run, flusher);
		// A rerun came while documents were waiting for MongoDB.
		while (isPrepared(run) && !isFinalStatus(run.facts.status)) {
			await execute(run, flusher);
			await storeDocuments(run, flusher);
		}
	});
	return closeRun(run);
}

/** C1, approval, C2. Returns undefined when the plan ended before there was anything to publish. */
async function prepare(
	run: PlanRun,
	flusher: DocumentFlusher,
): Promise<PreparedRun | undefined> {
	// C1
	const yields = () => shouldYieldWait(run);
	const validate = () => validatePlanOfRun(run, flusher, yields);
	await throughRuns(run, flusher, validate);
	if (!isValidated(run)) return undefined;
	const approve = () => awaitApproval(run, flusher, yields);
	if (!(await throughRuns(run, flusher, approve))) return undefined;
	// C2
	const generate = () => generatePlanTickets(run, flusher, yields);
	await throughRuns(run, flusher, generate);
	if (!isPrepared(run)) return undefined;
	const { terms, priority } = run.facts;
	if (priority !== null)
		Object.assign(terms, { priority, asked_priority: priority });
	moveStatus(run, "ticketsGenerated", "RUNNING", ticketAttributes(run));
	// After a wait for approval the stop may be over; if it holds, its keeper pauses the plan.
	const { hold } = run.input;
	if (hold !== undefined && run.facts.approvalWait === null)
		applyCommand(run, "pause", hold);
	return run;
}

async function execute(
	run: PreparedRun,
	flusher: DocumentFlusher,
): Promise<void> {
	// Unwritten documents are carried to the next run; if they are too large, this run goes on until MongoDB
	// has taken them.
	const yields = () => shouldYield(run);
	const { execution } = run;
	if (!isConcluded(run)) {
		const loop = {
			run,
			execution,
			flusher,
			bounded: true,
			shouldYield: yields,
		};
		// C3, C4 and the results
		await throughRuns(run, flusher, () => runTickets(loop));
		// C5
		consolidatePlan(run);
	}
	const yieldsWait = () => shouldYieldWait(run);
	const raise = () => raiseIncident(run, execution, yieldsWait);
	if (run.facts.incidentDue?.occasion === "consolidation")
		await throughRuns(run, flusher, raise);
	const compensate = () => compensatePlan(run, flusher, yields, yieldsWait);
	await throughRuns(run, flusher, compensate);
	// C6
	await publishPlanTelemetry(run, flusher);
	record(run, { kind: "roundOver" });
}

const YIELDED = "yielded";

/**
 * Resolves when every document is stored, or when a rerun has opened the plan again; results that still come
 * meanwhile are late, and written too.
 */
async function storeDocuments(
	run: PlanRun,
	flusher: DocumentFlusher,
): Promise<void> {
	await throughRuns(run, flusher, async () => {
		do {
			takeInbox(run);
			giveUpUnplaced(run);
			let isWaiting = true;
			const ended = await Promise.race([
				flusher.flush(),
				condition(() => !isFinalStatus(run.facts.status)),
				condition(() => isWaiting && shouldYieldWait(run)).then(() => YIELDED),
			]);
			isWaiting = false;
			await condition(allHandlersFinished);
			if (ended === YIELDED && isFinalStatus(run.facts.status)) return ended;
		} while (
			isFinalStatus(run.facts.status) &&
			(run.inbox.length > 0 || run.planDirty)
		);
		return "stored";
	});
}

/**
 * Opens the run with the rerun it was started for. Returns a refusal if the rerun is not allowed; then
 * nothing is changed.
 */
function openAgain(
	run: PlanRun,
	rerun: PlanCommand,
): ApplicationFailure | undefined {
	const refusal = openingRefusal(run, rerun);
	// Runs of earlier releases took every rerun.
	if (refusal !== undefined && patched("9-rerun-at-start")) return refusal;
	beginAgain(run);
	applyCommand(run, "rerun", rerun);
	return undefined;
}

/** Closes as the run before did; a run that was ended from outside has no outcome to close with. */
function closeRefused(
	run: PlanRun,
	refusal: ApplicationFailure,
): PlanRunOutcome {
	if (isFinalStatus(run.facts.status)) return closeRun(run);
	throw refusal;
}

const closedTypes: Partial<Record<FinalPlanStatus, ClosedUnpublishedType>> = {
	INVALID: "PLAN_INVALID",
	REJECTED: "PLAN_REJECTED",
	EXPIRED: "PLAN_EXPIRED",
	CANCELLED: "PLAN_CANCELLED",
	FAILED: "PLAN_TIMED_OUT",
};

function isDenied({ facts }: PlanRun): boolean {
	return facts.status === "INVALID" && isDeniedOnly(facts.problems);
}

function closeRun(run: PlanRun): PlanRunOutcome {
	const { facts, identity, execution } = run;
	const problem = execution && brokenInvariant(execution);
	if (problem !== undefined) record(run, { kind: "lawBroken", problem });
	const status = facts.status as FinalPlanStatus;
	const type = isDenied(run) ? "PLAN_DENIED" : closedTypes[status];
	if (!facts.publishAttempted && type !== undefined) {
		throw ApplicationFailure.create({
			message: `plan ${identity.plan_id} ended as ${status} with nothing published: ${facts.errorMessage ?? "see its problems"}`,
			type,
			nonRetryable: true,
			details: [
				{
					problems: facts.problems.slice(0, 20),
					audit_head: facts.auditHead,
				},
			],
		});
	}
	const left_state = leaveState(run);
	return {
		plan_id: identity.plan_id,
		status,
		tickets_generated: facts.result?.metrics.total_tickets ?? 0,
		tickets_completed: facts.result?.metrics.successful_tickets ?? 0,
		tickets_failed: facts.result?.metrics.failed_tickets ?? 0,
		audit_head: facts.auditHead,
		...(left_state && { left_state }),
	};
}
