import type { PlanStep } from "../documents.ts";
import { isStepOfPlan, stepMovedAt, stepWords } from "../plan-steps.ts";
import type { PlanHistory, ToldPlan } from "../timeline-event.ts";
import {
	messageFacts,
	type SpanFacts,
	type SpanRecord,
} from "./span-record.ts";
import { approvalAnswer, planOver, roundBegan } from "./spent-time.ts";
import {
	compensationSpan,
	isOfRound,
	type Round,
	ticketSpans,
} from "./ticket-spans.ts";
import { type PlanTrace, partSpanId } from "./trace-context.ts";

/** What the spans of a plan are made from, at its end. */
export interface TracedPlan {
	history: PlanHistory;
	trace: PlanTrace;
	/** When intake received the decision. */
	received_at: number;
}

/**
 * The spans of a plan's newest round, its own first: steps, approval, tickets, attempts, compensation. Made
 * again from the same history they are the same, with the same ids.
 */
export function spansOfPlan(traced: TracedPlan): SpanRecord[] {
	const { history } = traced;
	const round = openRound(traced);
	const { plan, attempts } = history;
	const byTicket = Map.groupBy(attempts, (one) => one.logical_ticket_id);
	const own = history.tickets.filter((ticket) => isOfRound(ticket, round));
	return [
		round.span,
		...(round.number === 0 ? beginnings(traced, round) : []),
		...plan.steps
			.filter((step) => round.number === 0 || !isStepOfPlan(step))
			.map((step) => stepSpan(step, round)),
		...compensationSpan(own, round),
		...own.flatMap((ticket) =>
			ticketSpans(ticket, byTicket.get(ticket.ticket_id) ?? [], round),
		),
	];
}

/** Statuses that nobody chose. */
const failures = ["FAILED", "PARTIAL", "INVALID", "EXPIRED"];

/** Whether the spans of an ended plan are exported. */
export function isKept(
	{ sampled, keep_failed }: PlanTrace,
	{
		status,
		finished_at,
		sla_deadline,
	}: Pick<ToldPlan, "status" | "finished_at" | "sla_deadline">,
): boolean {
	const isLate = sla_deadline !== null && (finished_at ?? 0) > sla_deadline;
	return sampled || (keep_failed && (failures.includes(status) || isLate));
}

/** The first round is the plan's own span; a later one is a part of it. */
function openRound({ history, trace, received_at }: TracedPlan): Round {
	const { plan, tickets } = history;
	const number = (plan.former_rounds?.at(-1)?.round ?? -1) + 1;
	const began = roundBegan(plan);
	const c2 = plan.steps.find(({ name }) => name === "C2");
	const own = number === 0;
	return {
		number,
		trace,
		dispatchFrom: own && c2 !== undefined ? stepMovedAt(c2) : began,
		tickets: new Map(tickets.map((ticket) => [ticket.ticket_id, ticket])),
		span: {
			span_id: own ? trace.span_id : roundSpanId(trace, number),
			parent_id: own ? trace.parent_id : trace.span_id,
			name: own ? "orchestration_workflow.run" : "orchestration_workflow.rerun",
			kind: "internal",
			from: own ? Math.min(received_at, began) : began,
			to: planOver(plan),
			facts: planFacts(plan, number),
			...(failures.includes(plan.status) && {
				error: plan.error_message ?? `the plan ended as ${plan.status}`,
			}),
			events: planEvents(plan),
			...(number > 1 && { links: [roundSpanId(trace, number - 1)] }),
		},
	};
}

function roundSpanId(trace: PlanTrace, number: number): string {
	return partSpanId(trace, `round/${number}`);
}

function planFacts(plan: ToldPlan, round: number): SpanFacts {
	return {
		"neural.hive.workflow.id": plan.workflow_id,
		"neural.hive.workflow.type": "orchestration",
		"neural.hive.plan.id": plan.plan_id,
		"neural.hive.intent.id": plan.intent_id,
		"neural.hive.decision.id": plan.decision_id,
		"neural.hive.plan.status": plan.status,
		"neural.hive.plan.round": round,
		"neural.hive.plan.risk_band": plan.risk_band ?? "unknown",
		"neural.hive.orchestrator.version": plan.orchestrator_version ?? "unknown",
		"neural.hive.tickets.generated": plan.tickets_generated,
		"neural.hive.tickets.completed": plan.tickets_completed,
		"neural.hive.tickets.failed": plan.tickets_failed,
		"neural.hive.tickets.retries": plan.retries,
		...(plan.sla_deadline !== null && {
			"neural.hive.sla.deadline": plan.sla_deadline,
			"neural.hive.sla.met": (plan.finished_at ?? 0) <= plan.sla_deadline,
		}),
	};
}

/** The events of the earlier service's span, each at the end of its step. */
const stepEvents: Record<PlanStep["name"], string> = {
	C1: "plan_validated",
	C2: "tickets_generated",
	C3: "resources_allocated",
	C4: "tickets_published",
	C5: "results_consolidated",
	C6: "telemetry_published",
};

function planEvents(plan: ToldPlan): NonNullable<SpanRecord["events"]> {
	const commands = plan.commands.map(({ command, actor, at }) => ({
		name: `command ${command}`,
		at,
		facts: { "neural.hive.actor": actor },
	}));
	const steps = plan.steps
		.filter(({ status }) => status === "completed")
		.map((step) => ({
			name: stepEvents[step.name],
			at: stepMovedAt(step),
			...(step.name === "C2" && { facts: { count: plan.tickets_generated } }),
		}));
	return [...steps, ...commands].sort((a, b) => a.at - b.at);
}

/** What came before C1, and a person's answer. */
function beginnings(
	{ history: { plan }, received_at }: TracedPlan,
	{ trace, span }: Round,
): SpanRecord[] {
	const { source, approval, created_at } = plan;
	const intake: SpanRecord = {
		span_id: partSpanId(trace, "intake"),
		parent_id: span.span_id,
		name: source === null ? "accept decision" : `process ${source.topic}`,
		kind: source === null ? "internal" : "consumer",
		from: span.from,
		to: Math.max(received_at, created_at),
		facts: source === null ? {} : messageFacts(source),
	};
	if (!approval) return [intake];
	const answer = approvalAnswer(plan);
	return [
		intake,
		{
			span_id: partSpanId(trace, "approval"),
			parent_id: span.span_id,
			name: "wait for approval",
			kind: "internal",
			from: approval.requested_at,
			to: answer?.at ?? span.to,
			facts: {
				"neural.hive.approval.reminders": approval.reminders_sent,
				"neural.hive.approval.answer": answer?.command ?? "none",
			},
		},
	];
}

function stepSpan(step: PlanStep, { trace, span, number }: Round): SpanRecord {
	const { name, status, started_at, duration_ms, times } = step;
	return {
		span_id: partSpanId(trace, `${number}/${name}`),
		parent_id: span.span_id,
		name: `${name} ${stepWords[name]}`,
		kind: "internal",
		from: started_at,
		to: Math.max(started_at, stepMovedAt(step)),
		facts: {
			"neural.hive.step": name,
			"neural.hive.step.status": status,
			// C3 and C4 are done for each batch, and the time between is not theirs.
			"neural.hive.step.duration_ms": duration_ms ?? 0,
			"neural.hive.step.times": times ?? 1,
		},
		...(status === "failed" && { error: `${name} failed` }),
	};
}
