import type { PlanNotification } from "../../schemas/plan-notification.ts";
import type { SlaAlert } from "../../schemas/sla-alert.ts";
import type { SlaViolation } from "../../schemas/sla-violation.ts";
import { PLAN_TIMEOUT } from "../domain/execution/transitions.ts";
import { planNotifications, riskNotification } from "../domain/notification.ts";
import { isFinalStatus } from "../domain/plan-run.ts";
import { checkDeadlines } from "../domain/sla/consumption.ts";
import {
	type AlertDue,
	decideAlerts,
	planAlert,
	type RaisedAlerts,
	ticketAlert,
} from "../domain/sla/decide-alerts.ts";
import type { PlanSla } from "../domain/sla/sla-terms.ts";
import { violationRecords } from "../domain/sla/violation-record.ts";
import { planTimesBroken, timesBroken } from "../domain/sla/violations.ts";
import {
	judgeRisk,
	mayTicketsBeAtRisk,
	nextCheckAtMs,
	type WatchRules,
} from "../domain/sla/watch-plan.ts";
import type { Log } from "../log.ts";
import type { SlaPublisher } from "../plans/sla-ports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { AlertMemory } from "./raised-alerts.ts";
import type { SlaStore, WatchedPlan, WatchedTicket } from "./store.ts";

export interface LookDeps {
	store: SlaStore;
	memory: AlertMemory;
	publisher: SlaPublisher;
	rules: WatchRules;
	serviceName: string;
	/** The same alert is not repeated before. */
	repeatAfterMs: number;
	/** Share of the smallest error budget that is left, 0 to 1; null: unknown. */
	budgetRemaining(): number | null;
	/** Tells persons, durably; undefined: nobody wants to be told. */
	notify?: (notifications: PlanNotification[]) => Promise<void>;
	metrics: SlaMetrics;
	log: Log;
}

export type SlaMetrics = Pick<
	Metrics,
	| "slaAlertsSent"
	| "slaAlertsDeduplicated"
	| "slaViolations"
	| "slaViolationsPublished"
	| "slaMonitorErrors"
	| "slaCheckSeconds"
	| "slaWatchLagSeconds"
>;

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
	const alerts = await alert(deps, watched, nowMs);
	await notify(deps, plans, alerts);
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

async function alert(
	deps: LookDeps,
	plans: readonly PromisedPlan[],
	nowMs: number,
): Promise<SlaAlert[]> {
	const { memory, metrics, publisher, serviceName, repeatAfterMs } = deps;
	const raised = await memory.read(plans.map(({ plan_id }) => plan_id));
	const alerts: SlaAlert[] = [];
	const kept = new Map<string, RaisedAlerts>();
	for (const plan of plans) {
		const { plan_id, workflow_id } = plan;
		const before = raised.get(plan_id) ?? {};
		const due = await dueAlerts(deps, plan, nowMs);
		if (due.length === 0 && Object.keys(before).length === 0) continue;
		const decided = decideAlerts({
			plan: { workflow_id, plan_id },
			raised: before,
			...{ serviceName, due, repeatAfterMs, nowMs },
		});
		alerts.push(...decided.alerts);
		kept.set(plan_id, decided.raised);
		metrics.slaAlertsDeduplicated.inc(decided.suppressed);
	}
	if (alerts.length > 0) await publisher.publishAlerts(alerts);
	for (const { event_type, alert_type, severity } of alerts)
		metrics.slaAlertsSent.inc({ event_type, alert_type, severity });
	await memory.keep(kept);
	return alerts;
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
	const { critical_tickets, ticket_deadline_data } = checkDeadlines(
		tickets.map(({ ticket_id, created_at, sla }) => ({
			ticket_id,
			created_at,
			deadline: sla.deadline,
		})),
		nowMs,
		rules.warningRatio,
	);
	const critical = new Set(critical_tickets);
	return [
		...ofPlan,
		...tickets.flatMap(({ ticket_id, task_id }) => {
			const check = ticket_deadline_data[ticket_id];
			if (check === undefined || !critical.has(ticket_id)) return [];
			return [ticketAlert(named, { ticket_id, task_id }, check)];
		}),
	];
}

async function tellViolations(
	deps: LookDeps,
	plans: readonly PromisedPlan[],
): Promise<void> {
	const { store, publisher, metrics } = deps;
	const counts = await store.countViolations(
		plans.flatMap(({ plan_id, sla }) =>
			sla.tickets_late > 0 ? [plan_id] : [],
		),
	);
	const found: FoundViolation[] = [];
	for (const plan of plans) {
		const { plan_id, status, sla } = plan;
		found.push(...violationsOfPlan(deps, plan));
		const isNews =
			sla.tickets_late >
			(isFinalStatus(status) ? 0 : (counts.get(plan_id) ?? 0));
		if (!isNews) continue;
		for (const ticket of await store.endedTickets(plan_id))
			found.push(...violationsOfTicket(deps, plan, ticket));
	}
	if (found.length === 0) return;
	const ids = found.map(({ violation }) => violation.violation_id);
	const known = await store.knownViolations(ids);
	const fresh = found.filter(
		({ violation }) => !known.has(violation.violation_id),
	);
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
	{ serviceName, budgetRemaining }: LookDeps,
	plan: PromisedPlan,
): FoundViolation[] {
	const { workflow_id, plan_id, status, sla, finished_at } = plan;
	if (finished_at === null) return [];
	const broken = planTimesBroken({
		...{ status, finished_at },
		deadline: sla.deadline,
		started_at: sla.started_at,
		timed_out: plan.error_message === PLAN_TIMEOUT,
	});
	const subject = {
		// A plan that is started anew, or run again after its end, is promised anew.
		name: `${workflow_id}:${plan.run_id}/${plan.former_rounds?.at(-1)?.round ?? ""}`,
		...{ workflow_id, plan_id, status, ticket_id: null },
		sla_deadline: sla.deadline,
		actual_completion: finished_at,
		retry_count: 0,
	};
	const service = { name: serviceName, budgetRemaining: budgetRemaining() };
	return violationRecords(subject, broken, service).map((violation) => ({
		violation,
		risk_band: plan.risk_band ?? "unknown",
		task_type: "plan",
	}));
}

function violationsOfTicket(
	{ serviceName, budgetRemaining }: LookDeps,
	plan: PromisedPlan,
	ticket: WatchedTicket,
): FoundViolation[] {
	const { deadline, timeout_ms } = ticket.sla;
	const broken = timesBroken({ ...ticket, deadline, timeout_ms });
	const { ticket_id, outcome, attempt, finished_at, task_type } = ticket;
	const { workflow_id, plan_id } = plan;
	const subject = {
		name: ticket_id,
		...{ workflow_id, plan_id, ticket_id },
		sla_deadline: deadline,
		actual_completion: finished_at ?? deadline,
		status: outcome ?? "",
		retry_count: Math.max(0, attempt - 1),
	};
	const service = { name: serviceName, budgetRemaining: budgetRemaining() };
	return violationRecords(subject, broken, service).map((violation) => ({
		violation,
		risk_band: plan.risk_band ?? "unknown",
		task_type,
	}));
}
