import type {
	AlertType,
	Severity,
	SlaAlert,
} from "../../../schemas/sla-alert.ts";
import { nameUuid } from "../ticket-ids.ts";
import type { DeadlineCheck } from "./consumption.ts";
import type { BurnRate, ErrorBudget } from "./error-budget.ts";
import type { DeadlineRisk } from "./watch-plan.ts";

export interface AlertPlan {
	workflow_id: string;
	plan_id: string;
}

/** What an alert is about: a plan, one of its tickets, or an error budget. */
export interface AlertSubject {
	alert_type: AlertType;
	workflow_id: string | null;
	plan_id: string | null;
	ticket_id: string | null;
	/** Names the subject among those of the same owner. */
	name: string;
}

/** A subject that somebody must hear of. */
export interface AlertDue extends AlertSubject {
	severity: Severity;
	context: Record<string, unknown>;
}

/** When a subject's alert was raised and last sent; Unix epoch, ms. */
export interface RaisedAlert {
	raisedAtMs: number;
	sentAtMs: number;
}

/** Every raised alert of one owner, by `alertField`. */
export type RaisedAlerts = Readonly<Record<string, RaisedAlert>>;

export interface AlertDecisions {
	alerts: SlaAlert[];
	/** How they stand once the alerts are sent. */
	raised: Record<string, RaisedAlert>;
	/** Alerts that were not sent, because the same was told a short time ago. */
	suppressed: number;
}

export interface AlertFacts {
	/** The plan that all subjects belong to; null: they are error budgets. */
	plan: AlertPlan | null;
	serviceName: string;
	due: readonly AlertDue[];
	raised: RaisedAlerts;
	/** The same alert is not repeated before. */
	repeatAfterMs: number;
	nowMs: number;
}

/** One for each subject and type. */
function alertField({ alert_type, name }: AlertSubject): string {
	return `${alert_type}:${name}`;
}

/**
 * Sends what is due, unless the same was sent a short time ago, and clears what was raised and is due no more.
 * Two subjects never share an alert.
 */
export function decideAlerts(facts: AlertFacts): AlertDecisions {
	const { due, nowMs, repeatAfterMs } = facts;
	const alerts: SlaAlert[] = [];
	const raised: Record<string, RaisedAlert> = {};
	let suppressed = 0;
	for (const one of due) {
		const field = alertField(one);
		const known = facts.raised[field];
		if (known !== undefined && nowMs - known.sentAtMs < repeatAfterMs) {
			suppressed += 1;
			raised[field] = known;
			continue;
		}
		const raisedAtMs = known?.raisedAtMs ?? nowMs;
		alerts.push(toAlert(facts, one, { raisedAtMs, event_type: "ALERT" }));
		raised[field] = { raisedAtMs, sentAtMs: nowMs };
	}
	for (const [field, { raisedAtMs }] of Object.entries(facts.raised)) {
		if (field in raised) continue;
		const ended = { raisedAtMs, event_type: "ALERT_CLEARED" } as const;
		alerts.push(toAlert(facts, endedAlert(facts, field), ended));
	}
	return { alerts, raised, suppressed };
}

/** What a field of raised alerts of a plan is about. */
export function raisedSubject(
	field: string,
): Pick<AlertSubject, "alert_type" | "ticket_id"> {
	const { alert_type, name } = readField(field);
	return { alert_type, ticket_id: name === "" ? null : name };
}

function readField(field: string): Pick<AlertSubject, "alert_type" | "name"> {
	const cut = field.indexOf(":");
	return {
		alert_type: field.slice(0, cut) as AlertType,
		name: field.slice(cut + 1),
	};
}

/** A raised alert that is due no more. */
function endedAlert({ plan }: AlertFacts, field: string): AlertDue {
	const { alert_type, name } = readField(field);
	return {
		alert_type,
		name,
		workflow_id: plan?.workflow_id ?? null,
		plan_id: plan?.plan_id ?? null,
		ticket_id: plan !== null && name !== "" ? name : null,
		severity: severityOf(alert_type),
		context: {},
	};
}

function severityOf(type: AlertType): Severity {
	return type === "BURN_RATE_HIGH" ? "WARNING" : "CRITICAL";
}

function toAlert(
	{ plan, serviceName, nowMs }: AlertFacts,
	due: AlertDue,
	{
		raisedAtMs,
		event_type,
	}: { raisedAtMs: number; event_type: SlaAlert["event_type"] },
): SlaAlert {
	const { name: _, ...told } = due;
	const subject = [plan?.plan_id ?? "", alertField(due)];
	const named = subject.map(encodeURIComponent).join("/");
	return {
		alert_id: nameUuid(`${named}/${raisedAtMs}/sla-alert`),
		event_type,
		service_name: serviceName,
		timestamp: new Date(nowMs).toISOString(),
		...told,
	};
}

/** A plan whose deadline is at risk. */
export function planAlert(plan: AlertPlan, risk: DeadlineRisk): AlertDue {
	return {
		alert_type: "DEADLINE_APPROACHING",
		...plan,
		ticket_id: null,
		name: "",
		severity: "CRITICAL",
		context: { ...plan, ticket_id: null, ...risk },
	};
}

/** A ticket most of whose time is gone. */
export function ticketAlert(
	plan: AlertPlan,
	ticket: { ticket_id: string; task_id: string },
	check: DeadlineCheck,
): AlertDue {
	const { remaining_seconds, percent_consumed, sla_deadline } = check;
	const reason = remaining_seconds < 0 ? "passed" : "consumed";
	const { ticket_id } = ticket;
	return {
		alert_type: "DEADLINE_APPROACHING",
		...plan,
		ticket_id,
		name: ticket_id,
		severity: "CRITICAL",
		context: {
			...plan,
			...ticket,
			reason,
			remaining_seconds,
			percent_consumed,
			sla_deadline,
		},
	};
}

/** A budget of which little is left, or that burns fast. */
export function budgetAlert(
	alert_type: "BUDGET_CRITICAL" | "BURN_RATE_HIGH",
	budget: ErrorBudget,
): AlertDue {
	const { slo_id, service_name, status } = budget;
	const burn_rates: BurnRate[] = budget.burn_rates;
	return {
		alert_type,
		workflow_id: null,
		plan_id: null,
		ticket_id: null,
		name: slo_id,
		severity: severityOf(alert_type),
		context: {
			slo_id,
			service_name,
			budget_remaining: budget.error_budget_remaining / 100,
			status,
			burn_rates,
		},
	};
}
