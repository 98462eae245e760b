import type { ApprovalRequest } from "../../schemas/approval-request.ts";
import { isExactNumber, roundExact } from "./exact-number.ts";
import { isObject, textOf } from "./field-reader.ts";
import { firstWithin } from "./payload-limits.ts";
import type { Plan } from "./plan.ts";
import type { DecisionSummary } from "./plan-run.ts";
import { readFlag } from "./read-decision.ts";
import type { Redact } from "./redact.ts";
import { PLAN_HASH_MARK } from "./request-as-plan.ts";
import { nameUuid } from "./ticket-ids.ts";
import type { PlanIdentity } from "./wire-ticket.ts";

export interface ApprovalRequestFacts {
	/** The plan's chain of runs; requests of another chain have other ids. */
	chain: string;
	identity: PlanIdentity;
	decision: Pick<DecisionSummary, "aggregated_risk">;
	/** The plan as it was read, and as it was published. */
	plan: Plan;
	published: unknown;
	planHash: string;
	expiresAt: number;
	/** 0 for the first request. */
	reminder: number;
	nowMs: number;
}

/**
 * Makes the request to a person (contracts.md, "Approval messages"), with the hash by which the answer names
 * this very plan.
 */
export function createApprovalRequest({
	chain,
	identity,
	decision,
	plan,
	published,
	planHash,
	expiresAt,
	reminder,
	nowMs,
}: ApprovalRequestFacts): ApprovalRequest {
	const { plan_id, intent_id, decision_id, correlation_id, workflow_id } =
		identity;
	return {
		plan_id,
		intent_id,
		risk_score: decision.aggregated_risk ?? plan.risk_score,
		risk_band: plan.risk_band,
		...readDanger(isObject(published) ? published : {}),
		cognitive_plan: published,
		requested_at: new Date(nowMs).toISOString(),
		status: "pending",
		request_id: nameUuid(`${chain}/approval-request/${reminder}`),
		decision_id,
		correlation_id,
		workflow_id,
		plan_hash: planHash,
		expires_at: expiresAt,
		reminder,
		schema_version: 1,
	};
}

/**
 * The request with the plan's sensitive parameters hidden. Answers may send that plan back: the hash of the plan
 * as it is then stands in its metadata.
 */
export function redactRequest(
	request: ApprovalRequest,
	redact: Pick<Redact, "parameters">,
): ApprovalRequest {
	const { cognitive_plan, plan_hash } = request;
	const shown = redact.parameters(cognitive_plan);
	if (shown === cognitive_plan || !isObject(shown)) return request;
	const own = isObject(shown.metadata) ? shown.metadata : {};
	const metadata = { ...own, [PLAN_HASH_MARK]: plan_hash };
	return { ...request, cognitive_plan: { ...shown, metadata } };
}

/** Bytes of the plan that are repeated in the request; the plan itself is part of it. */
const MAX_REPEATED_BYTES = 128_000;

/** A value that is neither true nor false counts as destructive: the person should look twice. */
function readDanger(
	published: Record<string, unknown>,
): Pick<
	ApprovalRequest,
	"is_destructive" | "destructive_tasks" | "risk_matrix"
> {
	const { is_destructive, destructive_tasks, risk_matrix } = published;
	return {
		is_destructive: readFlag(is_destructive) !== false,
		destructive_tasks: Array.isArray(destructive_tasks)
			? firstWithin(
					destructive_tasks.map((task) => textOf(task) ?? String(task)),
					MAX_REPEATED_BYTES,
				)
			: [],
		risk_matrix: isObject(risk_matrix) ? numbersOf(risk_matrix) : null,
	};
}

function numbersOf(values: Record<string, unknown>): Record<string, number> {
	const numbers = Object.entries(values)
		.map(([name, value]): [string, unknown] => [
			name,
			isExactNumber(value) ? roundExact(value) : value,
		])
		.filter((entry): entry is [string, number] => typeof entry[1] === "number");
	return Object.fromEntries(firstWithin(numbers, MAX_REPEATED_BYTES));
}
