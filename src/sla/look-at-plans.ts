import type { PlanNotification } from "../../schemas/plan-notification.ts";
import type { SlaAlert } from "../../schemas/sla-alert.ts";
import type { SlaViolation } from "../../schemas/sla-violation.ts";
import { PLAN_TIMEOUT } from "../domain/execution/transitions.ts";
import { planNotifications, riskNotification } from "../domain/notification.ts";
import { isFinalStatus } from "../domain/plan-run.ts";
import { checkDeadline } from "../domain/sla/consumption.ts";
import {
	type AlertDue,
	planAlert,
	ticketAlert,
} from "../domain/sla/decide-alerts.ts";
import type { ErrorBudget } from "../domain/sla/error-budget.ts";
import type { PlanSla } from "../domain/sla/sla-terms.ts";
import {
	planTimesBroken,
	timesBroken,
	violationRecords,
} from "../domain/sla/violations.ts";
import {
	judgeRisk,
	mayTicketsBeAtRisk,
	nextCheckAtMs,
	type WatchRules,
} from "../domain/sla/watch-plan.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type SendDeps, sendAlerts } from "./send-alerts.ts";
import type { SlaStore, WatchedPlan, WatchedTicket } from "./store.ts";

export interface LookDeps extends SendDeps {
	store: SlaStore;
	rules: WatchRules;
	/** The error budget of which least is left; undefined: unknown. */
	worstBudget(): Pick<ErrorBudget, "error_budget_remaining"> | undefined;
	/** Tells persons, durably; undefined: nobody wants to be told. */
	notify?: (notifications: PlanNotification[]) => Promise<void>;
	metrics: Pick<
		Metrics,
		| "slaAlertsSent"
		| "slaAlertsDeduplicated"
		| "slaViolations"
		| "slaViolationsPublished"
		| "slaMonitorErrors"
		| "slaCheckSeconds"
		| "slaWatchLagSeconds"
	>;
	log: Log;
}

/** When a plan is to be looked at again; null: not any more. */
export type NextLook = (planId: string) => number | null;

/**
 * Looks at these plans by their stored documents: sends and clears alerts, and publishes what their tickets and
 * they themselves broke. At-least-once: whatever fails on the way is found again by the next look, under the
 * same ids. Throws STORE_UNAVAILABLE and PUBLISH_UNCONFIRMED.
 */
export async function lookAtPlans(
	deps: LookDeps,
	plans: readonly WatchedPlan[],
	nowMs: number,
): Promise<NextLook> {
	const watched = plans.filter(hasSla);
	const owners = watched.map(async (plan) => {
		const { plan_id, workflow_id } = plan;
		const due = await dueAlerts(deps, plan, nowMs);
		return { owner: plan_id, plan: { plan_id, workflow_id }, due };
	});
	await sendAlerts(deps, await Promise.all(owners), nowMs, (alerts) =>
		notify(deps, plans, alerts),
	);
	await tellViolations(deps, watched);
	const byId = new Map(watched.map((plan) => [plan.plan_id, plan]));
	return (planId) => {
		const plan = byId.get(planId);
		return plan === undefined ? null : nextCheckAtMs(plan, nowMs, deps.rules);
	};
}

type PromisedPlan = WatchedPlan & { sla: PlanSla };

function hasSla(plan: WatchedPlan): plan is PromisedPlan {
	return plan.sla !== undefined;
}

async function notify(
	deps: LookDeps,
	plans: readonly WatchedPlan[],
	alerts: readonly SlaAlert[],
): Promise<void> {
	if (deps.notify === undefined) return;
	const byId = new Map(plans.map((plan) => [plan.plan_id, plan]));
	const ofRisks = alerts.flatMap((one) => {
		const plan = byId.get(one.plan_id ?? "");
		return (plan && riskNotification(plan, one)) ?? [];
	});
	await deps.notify([...plans.flatMap(planNotifications), ...ofRisks]);
}

async function dueAlerts(
	{ store, rules }: LookDeps,
	plan: PromisedPlan,
	nowMs: number,
): Promise<AlertDue[]> {
	const risk = judgeRisk(plan, nowMs, rules);
	const { plan_id, workflow_id } = plan;
	const named = { workflow_id, plan_id };
	const ofPlan = risk === null ? [] : [planAlert(named, risk)];
	if (!mayTicketsBeAtRisk(plan, nowMs, rules)) return ofPlan;
	const { started_at } = plan.sla;
	// A ticket with a later deadline has more time left than the warning's share.
	const untilMs = started_at + (nowMs - started_at) / rules.warningRatio;
	const tickets = await store.openTickets(plan_id, untilMs);
	return [
		...ofPlan,
		...tickets.flatMap(({ ticket_id, task_id, created_at, sla }) => {
			const clock = {
				createdAtMs: created_at,
				deadlineMs: sla.deadline,
				nowMs,
			};
			const check = checkDeadline(clock, rules.warningRatio);
			if (!check.deadline_approaching) return [];
			return [ticketAlert(named, { ticket_id, task_id }, check)];
		}),
	];
}

async function tellViolations(
	deps: LookDeps,
	plans: readonly PromisedPlan[],
): Promise<void> {
	const { store, publisher, metrics } = deps;
	const late = plans.filter(({ sla }) => sla.tickets_late > 0);
	const ended = plans.filter(({ finished_at }) => finished_at !== null);
	const looked = new Set([...late, ...ended].map(({ plan_id }) => plan_id));
	const known = await store.knownViolations([...looked]);
	const found = ended.map((plan) => violationsOfPlan(deps, plan));
	for (const plan of late) {
		const { plan_id, status, sla } = plan;
		const told = known.get(plan_id)?.lateTickets ?? 0;
		if (!isFinalStatus(status) && sla.tickets_late <= told) continue;
		for (const ticket of await store.endedTickets(plan_id))
			found.push(violationsOfTicket(deps, plan, ticket));
	}
	const fresh = found
		.flat()
		.filter(({ violation: { plan_id, violation_id } }) => {
			return known.get(plan_id)?.ids.has(violation_id) !== true;
		});
	if (fresh.length === 0) return;
	const violations = fresh.map(({ violation }) => violation);
	await publisher.publishViolations(violations);
	await store.recordViolations(violations);
	for (const { violation, ...labels } of fresh) {
		const { violation_type } = violation;
		metrics.slaViolations.inc(labels);
		metrics.slaViolationsPublished.inc({ violation_type });
	}
}

interface FoundViolation {
	violation: SlaViolation;
	risk_band: string;
	/** `plan`: of the plan as a whole. */
	task_type: string;
}

function violationsOfPlan(
	deps: LookDeps,
	plan: PromisedPlan,
): FoundViolation[] {
	const { workflow_id, run_id, status, sla, finished_at } = plan;
	const { deadline, started_at } = sla;
	const timed_out = plan.error_message === PLAN_TIMEOUT;
	const times = { status, deadline, started_at, finished_at, timed_out };
	const subject = {
		...commonTo(deps, plan),
		// A plan that is started anew, or run again after its end, is promised anew.
		name: `${workflow_id}:${run_id}/${plan.former_rounds?.at(-1)?.round ?? ""}`,
		ticket_id: null,
		sla_deadline: deadline,
		actual_completion: finished_at ?? deadline,
		status,
		retry_count: 0,
	};
	const records = violationRecords(subject, planTimesBroken(times));
	return records.map((violation) => labelled(plan, violation, "plan"));
}

function violationsOfTicket(
	deps: LookDeps,
	plan: PromisedPlan,
	ticket: WatchedTicket,
): FoundViolation[] {
	const { deadline, timeout_ms } = ticket.sla;
	const { ticket_id, outcome, attempt, finished_at, task_type } = ticket;
	const subject = {
		...commonTo(deps, plan),
		name: ticket_id,
		ticket_id,
		sla_deadline: deadline,
		actual_completion: finished_at ?? deadline,
		status: outcome ?? "",
		retry_count: Math.max(0, attempt - 1),
	};
	const broken = timesBroken({ ...ticket, deadline, timeout_ms });
	const records = violationRecords(subject, broken);
	return records.map((violation) => labelled(plan, violation, task_type));
}

function labelled(
	{ risk_band }: PromisedPlan,
	violation: SlaViolation,
	task_type: string,
): FoundViolation {
	return { violation, risk_band: risk_band ?? "unknown", task_type };
}

function commonTo(
	{ serviceName, worstBudget }: LookDeps,
	{ workflow_id, plan_id }: PromisedPlan,
) {
	const percent = worstBudget()?.error_budget_remaining;
	const budget_remaining = percent === undefined ? null : percent / 100;
	return { workflow_id, plan_id, service_name: serviceName, budget_remaining };
}
