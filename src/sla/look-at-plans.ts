import type { PlanNotification } from "../../schemas/plan-notification.ts";
import type { SlaAlert } from "../../schemas/sla-alert.ts";
import { planNotifications, riskNotification } from "../domain/notification.ts";
import { checkDeadline } from "../domain/sla/consumption.ts";
import {
	type AlertDue,
	planAlert,
	ticketAlert,
} from "../domain/sla/decide-alerts.ts";
import {
	judgeRisk,
	mayTicketsBeAtRisk,
	nextCheckAtMs,
	type WatchRules,
} from "../domain/sla/watch-plan.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type SendDeps, sendAlerts } from "./send-alerts.ts";
import type { WatchedPlan } from "./store.ts";
import {
	type PromisedPlan,
	type TellDeps,
	tellViolations,
} from "./tell-violations.ts";

export interface LookDeps extends SendDeps, TellDeps {
	rules: WatchRules;
	/** Tells persons, durably; undefined: nobody wants to be told. */
	notify?: (notifications: PlanNotification[]) => Promise<void>;
	metrics: Pick<
		Metrics,
		| "slaAlertsSent"
		| "slaAlertsDeduplicated"
		| "slaMonitorErrors"
		| "slaCheckSeconds"
		| "slaWatchLagSeconds"
	> &
		TellDeps["metrics"];
	log: Log;
}

/** When a plan is to be looked at again; null: not any more. */
export type NextLook = (planId: string) => number | null;

/**
 * Looks at these plans by their stored documents: sends and clears alerts, publishes what their tickets and
 * they themselves broke, and raises incidents. At-least-once: whatever fails on the way is found again by the next
 * look, under the same ids. Throws STORE_UNAVAILABLE and PUBLISH_UNCONFIRMED.
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
