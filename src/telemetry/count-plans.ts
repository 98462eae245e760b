import type { InjectedSinks } from "@temporalio/worker";
import type {
	PlanEnd,
	PlanLabels,
	PlanSink,
	PlanSinks,
} from "../../workflows/plan-sinks.ts";
import type { PlanOutcome } from "../domain/rollout/outcome.ts";
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
		compensated(labels, reason, counts) {
			const { orchestrator_version } = labels;
			const { completed, failed, durationMs } = counts;
			metrics.compensationDurationSeconds.observe(
				{ reason, status: failed > 0 ? "failed" : "completed" },
				durationMs / 1_000,
				exampleOf(labels),
			);
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
		frame(labels, outcome, steps) {
			metrics.telemetryFrames.inc({ outcome });
			const orchestrator_version = labels?.orchestrator_version ?? "unknown";
			for (const { name: step, durationMs } of steps)
				metrics.stepDurationSeconds.observe(
					{ step, orchestrator_version },
					durationMs / 1_000,
					exampleOf(labels),
				);
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
		firstTickets(labels, sinceDecisionMs) {
			const { orchestrator_version } = labels;
			metrics.decisionToTicketsSeconds.observe(
				{ orchestrator_version },
				Math.max(0, sinceDecisionMs) / 1000,
				exampleOf(labels),
			);
		},
		ended(labels, end) {
			countEnd(metrics, labels, end);
		},
		fellBack() {
			metrics.versionFallbacks.inc();
		},
		outcome({ orchestrator_version }, arm, outcome) {
			metrics.planOutcomes.inc({
				orchestrator_version,
				arm,
				outcome: wordOf(outcome),
			});
		},
		runEnded(labels, ending, _planId, end) {
			metrics.runsEnded.inc({ ending });
			if (end === undefined) return;
			countEnd(metrics, labels, end);
			const { orchestrator_version } = labels;
			const counted = { orchestrator_version, arm: "none", outcome: "failed" };
			metrics.planOutcomes.inc(counted);
		},
	} satisfies Partial<Handlers>;
}

function wordOf({
	counts,
	failure_class,
	sla_missed,
}: Pick<PlanOutcome, "counts" | "failure_class" | "sla_missed">): string {
	if (!counts) return "excluded";
	if (failure_class !== null) return "failed";
	return sla_missed ? "late" : "succeeded";
}

function countEnd(
	metrics: Metrics,
	plan: PlanLabels,
	{ status, durationMs }: PlanEnd,
): void {
	const { orchestrator_version, risk_band } = plan;
	const labels = { status, risk_band, orchestrator_version };
	metrics.workflowsCompleted.inc(labels);
	const seconds = durationMs / 1000;
	metrics.workflowDurationSeconds.observe(labels, seconds, exampleOf(plan));
}

/** The trace that is shown as an example: one that can be looked at. */
function exampleOf(labels: PlanLabels | null): string | undefined {
	return (labels?.exported && labels.trace_id) || undefined;
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

/** The events that are logged, with what their line says. */
const logged: {
	[K in keyof Handlers]?: {
		level: "info" | "warn" | "error";
		fields: (...args: Parameters<Handlers[K]>) => object;
	};
} = {
	validated: { level: "info", fields: (_, result) => ({ result }) },
	ended: { level: "info", fields: (_, end) => end },
	fellBack: { level: "warn", fields: (_, reason) => ({ reason }) },
	runEnded: {
		level: "warn",
		fields: (_, ending, plan_id, end) => ({ ending, plan_id, ...end }),
	},
	compensating: { level: "warn", fields: (_, reason) => ({ reason }) },
	compensated: {
		level: "info",
		fields: (_, reason, counts) => ({ reason, ...counts }),
	},
	inconsistent: { level: "error", fields: (_, problem) => ({ problem }) },
	fallback: { level: "warn", fields: (_, what) => ({ what }) },
	ticketsDenied: { level: "warn", fields: (_, count) => ({ count }) },
	refused: { level: "warn", fields: (_, command, why) => ({ command, why }) },
	incidentRefused: { level: "error", fields: (_, why) => ({ why }) },
};

/** What a plan's lines have in common, for who looks for one plan or one kind of event (docs/logs.md). */
export const loggedPlanEvents = Object.keys(logged);

function withLog(
	log: Log,
	name: keyof Handlers,
	handle: (...args: never[]) => void,
) {
	const entry = logged[name];
	return ({ workflowId }: { workflowId: string }, ...args: never[]) => {
		handle(...args);
		if (entry === undefined) return;
		const [labels] = args as unknown as [PlanLabels | null];
		const { trace_id, exported: _, ...known } = labels ?? {};
		const fields = entry.fields as (...args: never[]) => object;
		log[entry.level](
			{
				workflow_id: workflowId,
				plan_id: workflowId.replace(/^orch-/, ""),
				...(trace_id && { trace_id }),
				event: name,
				...known,
				...fields(...args),
			},
			`plan ${name}`,
		);
	};
}
