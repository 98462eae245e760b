import type { ApprovalRequest } from "../../schemas/approval-request.ts";
import type {
	CognitiveDomain,
	CognitivePlan,
	CognitivePlanStatus,
	TaskNode,
} from "../../schemas/cognitive-plan.ts";
import { isExactNumber, roundExact } from "./exact-number.ts";
import { FieldReader, isObject } from "./field-reader.ts";
import type { Plan, PlanTask } from "./plan.ts";
import { readPlan } from "./read-plan.ts";
import { withText } from "./text-fields.ts";

/** The metadata key with the hash of the original plan; answers send it back. */
export const PLAN_HASH_MARK = "orchestrator_plan_hash";

const domains: readonly string[] = [
	"BUSINESS",
	"TECHNICAL",
	"SECURITY",
	"INFRASTRUCTURE",
	"BEHAVIOR",
	"OPERATIONAL",
	"COMPLIANCE",
] satisfies CognitiveDomain[];
const statuses: readonly string[] = [
	"draft",
	"validated",
	"approved",
	"rejected",
] satisfies CognitivePlanStatus[];
/** Avro libraries round larger numbers. */
const MAX_LONG = 2 ** 52;

/**
 * Converts a request for approval to a plan, for approval services that read Avro: the whole contract, with
 * defaults for fields that the plan, which intake reads more leniently, does not have. The request's other
 * fields are in the metadata.
 */
export function requestAsPlan(request: ApprovalRequest): CognitivePlan {
	const published = isObject(request.cognitive_plan)
		? request.cognitive_plan
		: {};
	const { plan } = readPlan(published);
	const reader = new FieldReader(published, "$");
	const text = (field: string) => reader.optionalText(field);
	const requestedAtMs = Date.parse(request.requested_at);
	const status = text("status") ?? "";
	return {
		plan_id: request.plan_id,
		version: text("version") ?? "1.0.0",
		intent_id: request.intent_id,
		correlation_id: request.correlation_id,
		trace_id: text("trace_id"),
		span_id: text("span_id"),
		tasks: plan.tasks.map(taskNode),
		execution_order: plan.execution_order,
		risk_score: request.risk_score,
		risk_band: request.risk_band,
		risk_factors: numbersOf(published.risk_factors),
		explainability_token: text("explainability_token") ?? "",
		reasoning_summary: text("reasoning_summary") ?? "",
		status: statuses.includes(status)
			? (status as CognitivePlanStatus)
			: "validated",
		created_at: reader.optionalTimestamp("created_at") ?? requestedAtMs,
		valid_until: plan.valid_until,
		estimated_total_duration_ms: long(
			reader.optionalNumber("estimated_total_duration_ms"),
		),
		complexity_score: reader.optionalNumber("complexity_score") ?? 0,
		original_domain: domainOf(plan),
		original_priority: plan.priority,
		original_security_level: plan.security_level,
		metadata: metadataOf(request, published.metadata),
		requires_approval: true,
		approval_status: "pending",
		approved_by: null,
		approved_at: null,
		is_destructive: request.is_destructive,
		destructive_tasks: request.destructive_tasks,
		risk_matrix: request.risk_matrix,
		schema_version: 1,
	};
}

function taskNode(task: PlanTask): TaskNode {
	return {
		...task,
		estimated_duration_ms: long(task.estimated_duration_ms),
		parameters: withText(task.parameters, "parameters").fields,
		metadata: withText(task.metadata, "metadata").fields,
	};
}

function metadataOf(
	request: ApprovalRequest,
	published: unknown,
): Record<string, string> {
	const own = isObject(published) ? withText(published, "metadata").fields : {};
	return {
		...own,
		[PLAN_HASH_MARK]: request.plan_hash,
		request_id: request.request_id,
		decision_id: request.decision_id,
		workflow_id: request.workflow_id,
		requested_at: request.requested_at,
		expires_at: String(request.expires_at),
		reminder: String(request.reminder),
	};
}

/** The contract has no word for an unknown domain. */
function domainOf({ domain }: Plan): CognitiveDomain {
	const word = (domain ?? "").toUpperCase();
	return domains.includes(word) ? (word as CognitiveDomain) : "OPERATIONAL";
}

function long(value: number | null): number | null {
	if (value === null) return null;
	const whole = Math.trunc(value);
	return Math.abs(whole) <= MAX_LONG ? whole : null;
}

function numbersOf(values: unknown): Record<string, number> {
	const entries = isObject(values) ? Object.entries(values) : [];
	return Object.fromEntries(
		entries.flatMap(([name, value]) => {
			if (name === "__proto__") return [];
			const number = isExactNumber(value) ? roundExact(value) : value;
			return typeof number === "number" && Number.isFinite(number)
				? [[name, number]]
				: [];
		}),
	);
}
