import type { PlanDocument } from "../src/domain/documents.ts";
import { isFinalStatus } from "../src/domain/plan-run.ts";
import { type AlertSeen, type Evidence, isExecuted } from "./evidence.ts";
import type { Scenario } from "./scenarios.ts";

/** One plan's facts as the table and `--json` show them. */
export interface PlanFacts {
	name: string;
	plan_id: string;
	orchestrator_version: string | null;
	expected: string;
	/** `unknown`: the API knows no such plan. */
	status: string;
	ok: boolean;
	/** On the topic, compensations too. */
	tickets: number;
	/** On the topic: publications beyond the first of a ticket. */
	retries: number;
	/** From the decision's record to the first ticket's, and to the telemetry frame or the end. */
	to_tickets_ms: number | null;
	to_done_ms: number | null;
	/** Every way in which the plan did not end as expected, in words. */
	faults: string[];
}

/** What the API told of a plan. */
export type PlanView = Pick<
	PlanDocument,
	| "plan_id"
	| "status"
	| "orchestrator_version"
	| "tickets_generated"
	| "tickets_completed"
	| "tickets_failed"
	| "problems"
	| "finished_at"
>;

/** Compares what the API says and what was seen on the topics with what was expected. */
export function judgePlan(
	scenario: Scenario,
	view: PlanView | undefined,
	evidence: Evidence,
): PlanFacts {
	const faults = findFaults(scenario, view, evidence);
	return {
		name: scenario.name,
		plan_id: scenario.planId,
		orchestrator_version: scenario.expected.version
			? (view?.orchestrator_version ?? null)
			: null,
		expected: scenario.expected.status,
		status: view?.status ?? "unknown",
		ok: faults.length === 0,
		tickets: evidence.tickets,
		retries: evidence.attempts - evidence.tickets,
		to_tickets_ms: since(evidence, evidence.firstTicketAtMs),
		to_done_ms: since(evidence, evidence.frameAtMs ?? view?.finished_at),
		faults,
	};
}

/** Whether nothing more will happen to the plan. */
export function isFinal(view: PlanView | undefined): boolean {
	return isFinalStatus(view?.status ?? "");
}

function findFaults(
	{ expected }: Scenario,
	view: PlanView | undefined,
	evidence: Evidence,
): string[] {
	const retries = evidence.attempts - evidence.tickets;
	const frames = isExecuted(expected.status) ? 1 : 0;
	const doubled = evidence.records - evidence.attempts;
	const version = view?.orchestrator_version;
	return [
		differs("status", view?.status ?? "unknown", expected.status),
		expected.version !== null && differs("version", version, expected.version),
		differs("tickets on the topic", evidence.tickets, expected.tickets),
		differs("retries on the topic", retries, expected.retries),
		doubled > 0 && `${doubled} attempts are on the topic more than once`,
		differs("telemetry frames", evidence.frames, frames),
		expected.alerts !== undefined &&
			differs(
				"alerts before the deadline",
				evidence.alerts.filter(isInTime).length,
				expected.alerts,
			),
	].filter((fault) => fault !== false);
}

/** An alert about the plan as a whole that came before its deadline. */
export function isInTime({ ticket_id, atMs, context }: AlertSeen): boolean {
	return ticket_id === null && atMs < Number(context.sla_deadline);
}

function differs(
	what: string,
	found: string | number | null | undefined,
	expected: string | number,
): string | false {
	return found !== expected && `${what}: ${found}, expected ${expected}`;
}

function since(
	{ firstDecisionAtMs }: Evidence,
	atMs: number | null | undefined,
): number | null {
	if (firstDecisionAtMs === null || atMs == null) return null;
	return Math.max(0, atMs - firstDecisionAtMs);
}
