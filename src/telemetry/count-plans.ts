import type { InjectedSinks } from "@temporalio/worker";
import type {
	PlanEnd,
	PlanLabels,
	PlanSink,
	PlanSinks,
} from "../../workflows/plan-sinks.ts";
import type { TracedPlan } from "../domain/trace/plan-spans.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "./metrics.ts";

/** One for each call, by name: a sink also has an index signature, which would allow to forget some. */
type Handlers = {
	[K in keyof PlanSink as string extends K ? never : K]: PlanSink[K];
};

/** Counts and logs the events of plans; never called on replay. */
export function createPlanSinks(
	metrics: Metrics,
	log: Log,
	exportPlan: (plan: TracedPlan) => Promise<void> = async () => {},
): InjectedSinks<PlanSinks> {
	const handlers: Handlers = {
		...createHandlers(metrics),
		traced: (_labels, plan) => void exportPlan(plan),
	};
	const plan = Object.fromEntries(
		Object.entries(handlers).map(([name, handle]) => [
			name,
			{
				fn: withLog(log, name as keyof Handlers, handle),
				callDuringReplay: false,
			},
		]),
	);
	// The names come from the handlers' entries, which the compiler cannot see.
	return { plan } as unknown as InjectedSinks<PlanSinks>;
}

function createHandlers(metrics: Metrics): Omit<Handlers, "traced"> {
	return {
		...planHandlers(metrics),
		...ticketHandlers(metrics),
		compensating({ orchestrator_version }, reason) {
			metrics.compensationsTriggered.inc({ reason, orchestrator_version });
		},
		compensated({ orchestrator_version }, reason, { completed, failed }) {
			metrics.compensationsExecuted.inc(
				{ reason, orchestrator_version, status: "completed" },
				completed,
			);
			metrics.compensationsExecuted.inc(
				{ reason, orchestrator_version, status: "failed" },
				failed,
			);
		},
		inconsistent() {
			metrics.plansInconsistent.inc();
		},
		incidentRefused({ orchestrator_version }) {
			metrics.incidentsRefused.inc({ orchestrator_version });
		},
		frame(outcome) {
			metrics.telemetryFrames.inc({ outcome });
		},
		fallback() {},
		refused() {},
	};
}

function planHandlers(metrics: Metrics) {
	return {
		validated({ orchestrator_version }, result) {
			metrics.planValidations.inc({ result, orchestrator_version });
		},
		started({ orchestrator_version, risk_band }) {
			metrics.workflowsStarted.inc({
				status: "RUNNING",
				risk_band,
				orchestrator_version,
			});
		},
		firstTickets({ orchestrator_version }, sinceDecisionMs) {
			metrics.decisionToTicketsSeconds.observe(
				{ orchestrator_version },
				Math.max(0, sinceDecisionMs) / 1000,
			);
		},
		ended(labels, end) {
			countEnd(metrics, labels, end);
		},
		runEnded(labels, ending, _planId, end) {
			metrics.runsEnded.inc({ ending });
			if (end !== undefined) countEnd(metrics, labels, end);
		},
	} satisfies Partial<Handlers>;
}

function countEnd(
	metrics: Metrics,
	{ orchestrator_version, risk_band }: PlanLabels,
	{ status, durationMs }: PlanEnd,
): void {
	const labels = { status, risk_band, orchestrator_version };
	metrics.workflowsCompleted.inc(labels);
	metrics.workflowDurationSeconds.observe(labels, durationMs / 1000);
}

function ticketHandlers(metrics: Metrics) {
	return {
		generated({ orchestrator_version, risk_band }, priority, tickets) {
			for (const { task_type, count } of tickets)
				metrics.ticketsGenerated.inc(
					{ task_type, risk_band, priority, orchestrator_version },
					count,
				);
		},
		allocated({ orchestrator_version }, status, count) {
			metrics.resourceAllocations.inc({ status, orchestrator_version }, count);
		},
		ticketsDenied({ orchestrator_version }, count) {
			metrics.resourceAllocations.inc(
				{ status: "denied", orchestrator_version },
				count,
			);
		},
		published({ orchestrator_version }, tickets, retries) {
			for (const { task_type, count } of tickets)
				metrics.ticketsPublished.inc(
					{ status: "published", task_type, orchestrator_version },
					count,
				);
			for (const { task_type, attempt } of retries)
				metrics.retries.inc({
					task_type,
					retry_attempt: String(attempt),
					orchestrator_version,
				});
		},
		results({ orchestrator_version }, effects) {
			for (const [kind, count] of Object.entries(effects))
				metrics.results.inc({ kind, orchestrator_version }, count);
		},
		ticketsEnded({ orchestrator_version }, tickets) {
			for (const { task_type, outcome, count } of tickets)
				metrics.ticketsCompleted.inc(
					{ status: outcome, task_type, orchestrator_version },
					count,
				);
		},
	} satisfies Partial<Handlers>;
}

/** Events at level info: the start and end of a plan, and every fallback. */
const logged: Partial<Record<keyof Handlers, "info" | "warn" | "error">> = {
	validated: "info",
	ended: "info",
	runEnded: "warn",
	inconsistent: "error",
	fallback: "warn",
	ticketsDenied: "warn",
	refused: "warn",
	incidentRefused: "error",
};

function withLog(
	log: Log,
	name: keyof Handlers,
	handle: (...args: never[]) => void,
) {
	const level = logged[name];
	return ({ workflowId }: { workflowId: string }, ...args: never[]) => {
		handle(...args);
		if (level !== undefined)
			log[level](
				{
					workflow_id: workflowId,
					plan_id: workflowId.replace(/^orch-/, ""),
					event: name,
					facts: args.slice(1),
				},
				`plan ${name}`,
			);
	};
}
