import type { SlaAlert } from "../../schemas/sla-alert.ts";
import {
	type AlertDue,
	type AlertPlan,
	decideAlerts,
	type RaisedAlerts,
} from "../domain/sla/decide-alerts.ts";
import type { SlaPublisher } from "../plans/sla-ports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { AlertMemory } from "./raised-alerts.ts";

export interface SendDeps {
	memory: AlertMemory;
	publisher: SlaPublisher;
	serviceName: string;
	/** The same alert is not repeated before. */
	repeatAfterMs: number;
	metrics: Pick<Metrics, "slaAlertsSent" | "slaAlertsDeduplicated">;
}

/** Whom alerts belong to: a plan, or the service for its error budgets. */
export interface AlertOwner {
	/** Its name in the memory of alerts. */
	owner: string;
	plan: AlertPlan | null;
	due: readonly AlertDue[];
}

/**
 * Sends what is due of each owner and clears what is due no more, unless the same was told a short time ago.
 * `tell` gets what was sent before anybody remembers that it was: if it fails, all of it comes again.
 * At-least-once. Throws PUBLISH_UNCONFIRMED, and what `tell` throws.
 */
export async function sendAlerts(
	deps: SendDeps,
	owners: readonly AlertOwner[],
	nowMs: number,
	tell: (alerts: readonly SlaAlert[]) => Promise<void> = async () => {},
): Promise<void> {
	const { memory, publisher, serviceName, repeatAfterMs, metrics } = deps;
	const before = await memory.read(owners.map(({ owner }) => owner));
	const alerts: SlaAlert[] = [];
	const kept = new Map<string, RaisedAlerts>();
	for (const { owner, plan, due } of owners) {
		const raised = before.get(owner) ?? {};
		if (due.length === 0 && Object.keys(raised).length === 0) continue;
		const facts = { plan, due, raised, serviceName, repeatAfterMs, nowMs };
		const decided = decideAlerts(facts);
		alerts.push(...decided.alerts);
		kept.set(owner, decided.raised);
		metrics.slaAlertsDeduplicated.inc(decided.suppressed);
	}
	if (alerts.length > 0) await publisher.publishAlerts(alerts);
	for (const { event_type, alert_type, severity } of alerts)
		metrics.slaAlertsSent.inc({ event_type, alert_type, severity });
	await tell(alerts);
	await memory.keep(kept);
}
