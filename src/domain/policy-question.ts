import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { isObject } from "./field-reader.ts";
import { termsOf } from "./generate-tickets.ts";
import type { Plan } from "./plan.ts";
import type { PlanRunInput } from "./plan-run.ts";

/** Who asks for a plan, for policies. */
export interface PolicyContext {
	workflow_id: string;
	correlation_id: string;
	tenant_id: string;
	/** The decision names its tenant: another one in its token is refused. Absent: its domain stands for one. */
	names_tenant?: true;
	namespace: string;
	/** Who handed the plan in; `system` when nobody is known. */
	user_id: string;
	/** When the plan came, Unix epoch, ms: tokens are judged by it. Absent in questions of earlier releases. */
	received_at_ms?: number;
	/** Number of tickets of the plan. */
	total_tickets: number;
	/** Somebody has given the plan a priority: one that nobody gave is not judged. */
	names_priority?: true;
	/** As the decision's metadata has it; verified before a policy sees what it claims. */
	jwt_token?: string;
}

/** A plan as policies see it: without the texts and parameters of its tasks, which tickets have. */
export interface PlanForPolicy {
	plan_id: string;
	intent_id: string | null;
	domain: string | null;
	risk_band: string;
	risk_score: number;
	/** Absent when nobody gave one. */
	priority?: ExecutionTicket["priority"];
	security_level: ExecutionTicket["security_level"];
	qos: ExecutionTicket["qos"];
	valid_until: number | null;
	contains_pii: boolean;
	data_classification: string;
	tasks: {
		task_id: string;
		task_type: string;
		required_capabilities: string[];
		estimated_duration_ms: number | null;
	}[];
}

/** A question to the gate: about a plan, its tickets, or the workers chosen for them. */
export type PolicyQuestion = {
	plan_id: string;
	risk_band: string;
	task_count: number;
	/** Absent in questions of earlier releases. */
	context?: PolicyContext;
	/** When an answer is of no use any more, Unix epoch, ms. */
	untilMs?: number;
} & (
	| {
			point: "before-tickets";
			/** Absent in questions of earlier releases. */
			plan?: PlanForPolicy;
	  }
	| { point: "before-allocation"; tickets: readonly ExecutionTicket[] }
	| {
			point: "before-publication";
			tickets: readonly ExecutionTicket[];
			/** The chosen worker of each; null: nobody was chosen. */
			agents: readonly (string | null)[];
	  }
);

/** Longer names are cut: a policy and its audit name them. */
const MAX_NAME_LENGTH = 100;
const MAX_TOKEN_LENGTH = 8_192;

/** The question to the policies about the whole plan. */
export function questionAboutPlan(
	input: PlanRunInput,
	workflowId: string,
	plan: Plan,
): Extract<PolicyQuestion, { point: "before-tickets" }> {
	const task_count = plan.tasks.length;
	return {
		point: "before-tickets",
		plan_id: input.decision.plan_id,
		risk_band: plan.risk_band,
		task_count,
		plan: planForPolicy(plan, input.decision.metadata),
		context: policyContextOf(input, workflowId, task_count),
	};
}

/** Who asks, as far as the plan's input says. */
export function policyContextOf(
	{ decision, plan: published, origin, received_at_ms }: PlanRunInput,
	workflowId: string,
	taskCount: number,
): PolicyContext {
	const { metadata, correlation_id, decision_id } = decision;
	const plan = isObject(published) ? published : {};
	const token = metadata.jwt_token;
	return {
		workflow_id: workflowId,
		correlation_id: correlation_id ?? decision_id,
		tenant_id: tenantOf(metadata, plan.original_domain),
		...(nameOf(metadata.tenant_id) !== undefined && { names_tenant: true }),
		namespace:
			nameOf(metadata.namespace) ?? nameOf(plan.namespace) ?? "default",
		user_id: nameOf(origin?.submitted_by) ?? "system",
		received_at_ms,
		total_tickets: taskCount,
		...(namesPriority(plan) && { names_priority: true }),
		...(token && { jwt_token: token.slice(0, MAX_TOKEN_LENGTH) }),
	};
}

function namesPriority(plan: Record<string, unknown>): boolean {
	return (
		(nameOf(plan.original_priority) ?? nameOf(plan.priority)) !== undefined
	);
}

/** Whom a plan belongs to: what its decision says, else its domain, else `default`. */
export function tenantOf(
	metadata: Readonly<Record<string, string>>,
	domain: unknown,
): string {
	return nameOf(metadata.tenant_id) ?? nameOf(domain) ?? "default";
}

function nameOf(value: unknown): string | undefined {
	const text = typeof value === "string" ? value.trim() : "";
	return text === "" ? undefined : text.slice(0, MAX_NAME_LENGTH);
}

/** What policies judge before the plan has tickets. */
export function planForPolicy(
	plan: Plan,
	metadata: Readonly<Record<string, string>>,
): PlanForPolicy {
	const { priority, security_level, qos } = termsOf(plan, 0);
	return {
		plan_id: plan.plan_id,
		intent_id: plan.intent_id,
		domain: plan.domain,
		risk_band: plan.risk_band,
		risk_score: plan.risk_score,
		...(plan.priority !== "" && { priority }),
		security_level,
		qos,
		valid_until: plan.valid_until,
		...dataProtection(metadata, security_level),
		tasks: plan.tasks.map(
			({
				task_id,
				task_type,
				required_capabilities,
				estimated_duration_ms,
			}) => ({
				task_id,
				task_type,
				required_capabilities,
				estimated_duration_ms,
			}),
		),
	};
}

/** Whether metadata say that there is personal data, and how all of it is classified. */
export function dataProtection(
	metadata: Readonly<Record<string, string>>,
	securityLevel: string,
): Pick<PlanForPolicy, "contains_pii" | "data_classification"> {
	return {
		contains_pii: metadata.contains_pii?.toLowerCase() === "true",
		data_classification: (
			metadata.data_classification ?? securityLevel
		).toLowerCase(),
	};
}
