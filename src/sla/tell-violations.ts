import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import type { SlaViolation } from "../../schemas/sla-violation.ts";
import { PLAN_TIMEOUT } from "../domain/execution/transitions.ts";
import { isFinalStatus } from "../domain/plan-run.ts";
import type { ErrorBudget } from "../domain/sla/error-budget.ts";
import { deadlinesExceeded, slaIncident } from "../domain/sla/sla-incident.ts";
import type { PlanSla } from "../domain/sla/sla-terms.ts";
import {
	planTimesBroken,
	timesBroken,
	violationRecords,
} from "../domain/sla/violations.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { SlaPublisher } from "../plans/sla-ports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type {
	KnownViolations,
	SlaStore,
	WatchedPlan,
	WatchedTicket,
} from "./store.ts";

export interface TellDeps {
	store: SlaStore;
	publisher: SlaPublisher;
	/**
	 * Resolves only after the brokers acknowledged the incident; asks for its remedy, for which the longest delay
	 * counts. Throws PUBLISH_UNCONFIRMED, or PUBLISH_REFUSED when they will never take it.
	 */
	raiseIncident(
		incident: OrchestrationIncident,
		worst: SlaViolation,
	): Promise<void>;
	serviceName: string;
	/** The error budget of which least is left; undefined: unknown. */
	worstBudget(): Pick<ErrorBudget, "error_budget_remaining"> | undefined;
	metrics: Pick<Metrics, "slaViolations" | "slaViolationsPublished">;
	log: Pick<Log, "error">;
}

export type PromisedPlan = WatchedPlan & { sla: PlanSla };

/**
 * Publishes what ended tickets and plans broke, each subject and type once, and raises one incident for each ended
 * round of a plan with deadlines exceeded that no incident told of. At-least-once, under the same ids. Throws the
 * first failure of an incident after all others were raised.
 */
export async function tellViolations(
	deps: TellDeps,
	plans: readonly PromisedPlan[],
): Promise<void> {
	const late = plans.filter(({ sla }) => sla.tickets_late > 0);
	const ended = plans.filter(({ finished_at }) => finished_at !== null);
	const looked = new Map(
		[...late, ...ended].map((plan) => [plan.plan_id, plan]),
	);
	const known = await deps.store.knownViolations([...looked.keys()]);
	const found = ended.map((plan) => violationsOfPlan(deps, plan));
	for (const plan of late) {
		const { plan_id, status, sla } = plan;
		const told = known.get(plan_id)?.lateTickets ?? 0;
		if (!isFinalStatus(status) && sla.tickets_late <= told) continue;
		for (const ticket of await deps.store.endedTickets(plan_id))
			found.push(violationsOfTicket(deps, plan, ticket));
	}
	const all = found.flat();
	await publishFresh(deps, all, known);
	const byPlan = Map.groupBy(all, ({ violation }) => violation.plan_id);
	const failures: unknown[] = [];
	for (const [planId, own] of byPlan) {
		const plan = looked.get(planId);
		const violations = own.map(({ violation }) => violation);
		if (plan === undefined) continue;
		try {
			await raise(deps, { plan, violations, known: known.get(planId) });
		} catch (error) {
			failures.push(error);
		}
	}
	if (failures.length > 0) throw failures[0];
}

async function publishFresh(
	{ store, publisher, metrics }: TellDeps,
	found: readonly FoundViolation[],
	known: ReadonlyMap<string, KnownViolations>,
): Promise<void> {
	const fresh = found.filter(
		({ violation: { plan_id, violation_id } }) =>
			known.get(plan_id)?.ids.has(violation_id) !== true,
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

/** Once the round is over: until then more may come, and alerts tell of it. */
async function raise(
	{ store, raiseIncident, log }: TellDeps,
	{
		plan,
		violations,
		known,
	}: {
		plan: PromisedPlan;
		violations: readonly SlaViolation[];
		known: KnownViolations | undefined;
	},
): Promise<void> {
	const { plan_id, workflow_id, status, finished_at } = plan;
	if (finished_at === null || !isFinalStatus(status)) return;
	const untold = deadlinesExceeded(violations).filter(
		({ violation_id }) => known?.raised.has(violation_id) !== true,
	);
	const round = {
		...{ plan_id, workflow_id, finished_at, name: roundOf(plan) },
		correlation_id: plan.correlation_id ?? "",
		trace_id: plan.trace_id ?? null,
	};
	const incident = slaIncident(round, untold);
	const worst = untold.toSorted((a, b) => b.delay_ms - a.delay_ms)[0];
	if (incident === undefined || worst === undefined) return;
	try {
		await raiseIncident(incident, worst);
	} catch (error) {
		// It would be refused again at every look; its violations are on their own topic.
		if (!hasCode(error, "PUBLISH_REFUSED")) throw error;
		log.error({ error, plan_id }, "an SLA incident was refused by Kafka");
	}
	const ids = untold.map(({ violation_id }) => violation_id);
	await store.noteIncident(incident.incident_id, ids);
}

/** A plan that is started anew, or run again after its end, is promised anew. */
function roundOf({ run_id, former_rounds }: PromisedPlan): string {
	return `${run_id}/${former_rounds?.at(-1)?.round ?? ""}`;
}

interface FoundViolation {
	violation: SlaViolation;
	risk_band: string;
	/** `plan`: of the plan as a whole. */
	task_type: string;
}

function violationsOfPlan(
	deps: TellDeps,
	plan: PromisedPlan,
): FoundViolation[] {
	const { workflow_id, status, sla, finished_at } = plan;
	const { deadline, started_at } = sla;
	const timed_out = plan.error_message === PLAN_TIMEOUT;
	const times = { status, deadline, started_at, finished_at, timed_out };
	const subject = {
		...commonTo(deps, plan),
		name: `${workflow_id}:${roundOf(plan)}`,
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
	deps: TellDeps,
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
	{ serviceName, worstBudget }: TellDeps,
	{ workflow_id, plan_id }: PromisedPlan,
) {
	const percent = worstBudget()?.error_budget_remaining;
	const budget_remaining = percent === undefined ? null : percent / 100;
	return { workflow_id, plan_id, service_name: serviceName, budget_remaining };
}
