import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { PolicyQuestion } from "../domain/policy-question.ts";
import {
	dataProtection,
	type PolicyContext,
} from "../domain/policy-question.ts";
import type { PolicyInputs } from "./engine.ts";
import type { PolicySettings } from "./policy-settings.ts";
import type { WorkloadFacts } from "./ports.ts";
import type { TokenFinding } from "./verify-token.ts";

/** What the gate has found out about the one who asks. */
export interface AskerFacts {
	nowMs: number;
	jwt: TokenFinding;
	requestCount: number;
	workload: WorkloadFacts;
}

/** The packages that are asked at a point of a plan's life. */
export function pathsOf(
	{ paths }: Pick<PolicySettings, "paths">,
	point: PolicyQuestion["point"],
): string[] {
	const { resourceLimits, slaEnforcement, featureFlags } = paths;
	if (point === "before-publication") return [resourceLimits];
	const security = paths.securityConstraints ?? [];
	const flags = point === "before-tickets" ? featureFlags : [];
	return [resourceLimits, slaEnforcement, flags, security].flat();
}

/** Who asks, where nobody says so: in questions of earlier releases. */
export function contextOf({
	context,
	plan_id,
	task_count,
}: PolicyQuestion): PolicyContext {
	return (
		context ?? {
			workflow_id: "",
			correlation_id: "",
			tenant_id: "default",
			namespace: "default",
			user_id: "system",
			total_tickets: task_count,
			...(plan_id && { workflow_id: `orch-${plan_id}` }),
		}
	);
}

/** The documents that policies read as `input` (docs/policies.md): one for each resource of the question. */
export function inputsOf(
	{ parameters, flags, security }: PolicySettings,
	question: PolicyQuestion,
	facts: AskerFacts,
): PolicyInputs {
	const { jwt_token: _, ...who } = contextOf(question);
	const context = {
		...who,
		plan_id: question.plan_id,
		source_ip: "unknown",
		current_time: facts.nowMs,
		jwt: facts.jwt,
		request_count_last_minute: facts.requestCount,
		...facts.workload,
	};
	return {
		shared: { parameters, flags, security },
		items: itemsOf(question, context),
	};
}

type Context = PolicyContext & Record<string, unknown>;

function itemsOf(
	question: PolicyQuestion,
	context: Context,
): Record<string, unknown>[] {
	const { tenant_id, total_tickets, names_priority, ...common } = context;
	const resourceOf = (ticket: ExecutionTicket) =>
		ticketResource(ticket, tenant_id, names_priority === true);
	if (question.point === "before-tickets") {
		const { plan_id, risk_band } = question;
		const plan = question.plan ?? { plan_id, risk_band };
		return [{ resource: { ...plan, tenant_id }, context }];
	}
	const { tickets } = question;
	if (question.point === "before-allocation")
		return tickets.map((ticket) => ({
			resource: resourceOf(ticket),
			// The plan was judged by the number of its tickets.
			context: { ...common, tenant_id, ticket_id: ticket.ticket_id },
		}));
	const { agents } = question;
	return tickets.map((ticket, index) => ({
		resource: resourceOf(ticket),
		context: {
			...common,
			tenant_id,
			total_tickets,
			ticket_id: ticket.ticket_id,
			agent_id: agents[index] ?? null,
		},
	}));
}

function ticketResource(
	ticket: ExecutionTicket,
	tenant_id: string,
	namesPriority: boolean,
): Record<string, unknown> {
	const { priority, ...rest } = ticket;
	const { metadata, security_level } = ticket;
	return {
		...rest,
		...(namesPriority && { priority }),
		tenant_id,
		...dataProtection(metadata, security_level),
	};
}
