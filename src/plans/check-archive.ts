import type { AuditHead } from "../domain/audit-chain.ts";
import { knownDecisionIds } from "../domain/bare-plan.ts";
import { isOpenStatus, type PlanRunInput } from "../domain/plan-run.ts";
import { alreadyOpen, alreadyRan } from "../domain/refusals.ts";
import { isRetryable, OrchestratorError } from "../errors.ts";
import type {
	ArchivedDecision,
	ArchivedPlan,
	DecisionArchive,
	ProcessedDecision,
} from "./decision-ports.ts";
import type { StartOutcome } from "./start-ports.ts";

/**
 * Younger decisions are known to Temporal itself, whose retention is a day at least (`orchestrator
 * doctor` looks at it).
 */
const TEMPORAL_KNOWS_MS = 12 * 3_600_000;

/** Whether what was processed under the decision's id is this very decision. */
export function isSameDecision(
	processed: ProcessedDecision,
	{ decision, plan_hash }: PlanRunInput,
): boolean {
	return (
		processed.plan_id === decision.plan_id &&
		processed.plan_hash === plan_hash &&
		processed.final_decision === decision.final_decision
	);
}

/** What was written of a plan before. */
export interface ArchiveFinding {
	/** What stands against doing what the decision says. */
	against: StartOutcome | undefined;
	/** Where the plan's audit trail ended. */
	auditHead?: AuditHead | null | undefined;
}

/**
 * What was written of the plan or the decision, and whether it stands against doing what the decision
 * says. While MongoDB is away a young decision goes on, because Temporal knows it; one that is
 * old, or may be, waits, because only MongoDB can tell that it was executed: a plan that begins late is
 * a delay, one that runs twice does its harm. What waits by REST is answered with STORE_UNAVAILABLE.
 */
export async function checkArchive(
	archive: DecisionArchive,
	input: PlanRunInput,
): Promise<ArchiveFinding> {
	try {
		return input.decision.final_decision === "reject"
			? { against: await checkReject(archive, input) }
			: await checkPlan(archive, input);
	} catch (error) {
		if (!isRetryable(error)) throw error;
		if (isYoung(input)) return { against: undefined };
		throw input.source === null ? notTold(input, error) : error;
	}
}

/**
 * By its own word and by the record's: one that is published anew has a new record, a request no time
 * of its own at all. A decision that comes by REST and says nothing may be of any age.
 */
function isYoung({
	decision: { created_at },
	decided_at_ms,
	received_at_ms,
	source,
}: PlanRunInput): boolean {
	if (created_at === null && source === null) return false;
	const decidedAtMs = [
		...(created_at === null ? [] : [created_at]),
		...(source === null ? [] : [decided_at_ms]),
	];
	const ageMs = received_at_ms - Math.min(...decidedAtMs);
	// A clock may be ahead, but not so far that the decision stays young when Temporal has forgotten it.
	return Math.abs(ageMs) < TEMPORAL_KNOWS_MS;
}

function notTold(
	{ decision: { decision_id } }: PlanRunInput,
	cause: unknown,
): OrchestratorError {
	const hours = TEMPORAL_KNOWS_MS / 3_600_000;
	return new OrchestratorError(
		"STORE_UNAVAILABLE",
		`whether ${decision_id} was executed before cannot be told while MongoDB is away`,
		{
			cause,
			hint: `ask again when MongoDB is back; what says by its created_at that it was made within the last ${hours} hours goes through meanwhile`,
		},
	);
}

async function checkPlan(
	archive: DecisionArchive,
	input: PlanRunInput,
): Promise<ArchiveFinding> {
	const plan = await archive.readPlan(input.decision.plan_id);
	const against = plan && (await judgePlan(archive, plan, input));
	return { against, auditHead: plan?.audit_head };
}

async function judgePlan(
	archive: DecisionArchive,
	plan: ArchivedPlan,
	input: PlanRunInput,
): Promise<StartOutcome | undefined> {
	const { plan_id } = input.decision;
	// An open plan of which nothing is out Temporal knows better. With tickets out, whatever ended its run,
	// it must not run again, also when Temporal has forgotten it and nobody wrote down its end.
	const isOut = wasPublished(plan);
	if (isOpenStatus(plan.status) && !isOut) return undefined;
	const { workflow_id } = plan;
	if (isTheirs(plan, input)) return { kind: "duplicate", workflow_id };
	// The plan may have run under this decision before it ran under the one that stands in it.
	for (const id of knownDecisionIds(input.decision)) {
		const known = await archive.readDecision(id);
		if (known !== undefined && isKnown(known, input))
			return { kind: "duplicate", workflow_id };
	}
	if (!isOut) return undefined;
	return isOpenStatus(plan.status)
		? alreadyOpen(plan_id, "publish the plan under a new plan_id")
		: alreadyRan(plan_id);
}

/**
 * A reject that Temporal has forgotten must not hit a run that was started since. While Temporal still
 * has its record, telling the plan of it may be what is left to do.
 */
async function checkReject(
	archive: DecisionArchive,
	{ decision, received_at_ms }: PlanRunInput,
): Promise<StartOutcome | undefined> {
	const known = await archive.readDecision(decision.decision_id);
	if (known?.final_decision !== "reject") return undefined;
	const { workflow_id, recorded_at } = known;
	return received_at_ms - recorded_at < TEMPORAL_KNOWS_MS
		? undefined
		: { kind: "duplicate", workflow_id };
}

/** Tickets are out, or may be: a publication was tried and never acknowledged. */
function wasPublished({
	published_at,
	publish_attempted,
}: ArchivedPlan): boolean {
	return published_at !== null || publish_attempted === true;
}

function isTheirs(plan: ArchivedPlan, input: PlanRunInput): boolean {
	return (
		knownDecisionIds(input.decision).includes(plan.decision_id) &&
		isSamePlan(plan.plan_hash, input)
	);
}

function isKnown(known: ArchivedDecision, input: PlanRunInput): boolean {
	return (
		known.plan_id === input.decision.plan_id &&
		known.final_decision !== "reject" &&
		isSamePlan(known.plan_hash, input)
	);
}

/** A decision whose plan stands in the ledger does not name its content. */
function isSamePlan(
	planHash: string | null,
	{ plan_hash }: PlanRunInput,
): boolean {
	return plan_hash === null || plan_hash === planHash;
}
