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
 * Temporal itself knows younger decisions: its retention is a day at least (`orchestrator doctor` checks
 * that).
 */
const TEMPORAL_KNOWS_MS = 12 * 3_600_000;

/** Whether the decision that was processed under this id is this very decision. */
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

/** What the archive knows of a plan. */
export interface ArchiveFinding {
	/** The outcome when the decision must not be carried out; undefined: it may be. */
	against: StartOutcome | undefined;
	/** Where the plan's audit trail ended. */
	auditHead?: AuditHead | null | undefined;
	/** The plan had ended when its document was read. */
	hasEnded?: boolean;
}

/**
 * Asks the archive whether the decision may be carried out. While MongoDB is away a young decision goes on,
 * because Temporal knows whether it ran. An old one, or one of unknown age, waits, because only MongoDB
 * knows: a late start is a delay, a second run does harm. A decision that would have to wait and came by REST
 * is answered with STORE_UNAVAILABLE.
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
 * The older of two times counts: the decision's `created_at` and its record's timestamp. A decision that is
 * published again has a new record, and a REST request has no record. A decision by REST without `created_at`
 * may be of any age.
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
	// The sender's clock may be ahead, but not so far that Temporal forgets the decision while we still call it
	// young.
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
	const hasEnded = plan !== undefined && !isOpenStatus(plan.status);
	return { against, auditHead: plan?.audit_head, hasEnded };
}

async function judgePlan(
	archive: DecisionArchive,
	plan: ArchivedPlan,
	input: PlanRunInput,
): Promise<StartOutcome | undefined> {
	const { plan_id } = input.decision;
	// If no ticket was published, ask Temporal: its state is newer. If one was published, the plan must not run
	// again, even when Temporal has forgotten its run and nobody recorded its end.
	const isOut = wasPublished(plan);
	if (isOpenStatus(plan.status) && !isOut) return undefined;
	if (input.asks_again && wasDenied(plan)) return undefined;
	const { workflow_id } = plan;
	if (isTheirs(plan, input)) return { kind: "duplicate", workflow_id };
	// The plan may have run under this decision before; its document names only the last decision.
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
 * A reject that Temporal has forgotten must not reject a run that was started later. While Temporal still has
 * the reject's record, it goes on: the plan may not have been told yet.
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

/** Whether tickets were published, or may have been: a publication was tried and never acknowledged. */
function wasPublished({
	published_at,
	publish_attempted,
}: ArchivedPlan): boolean {
	return published_at !== null || publish_attempted === true;
}

/** Whether policies forbade the plan, so that nothing of it was published. */
export function wasDenied({
	status,
	policy,
}: Pick<ArchivedPlan, "status" | "policy">): boolean {
	// Documents of earlier releases may lack the field.
	const { c1, c2 } = policy ?? {};
	return status === "INVALID" && (c1 === "denied" || c2 === "denied");
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

/** A decision whose plan is in the ledger has no hash of its plan. */
function isSamePlan(
	planHash: string | null,
	{ plan_hash }: PlanRunInput,
): boolean {
	return plan_hash === null || plan_hash === planHash;
}
