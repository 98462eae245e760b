import type { IntakeOutcome } from "../domain/intake-outcome.ts";
import type { PlanRunInput } from "../domain/plan-run.ts";
import type { RoutingInForce } from "../domain/rollout/routing.ts";
import { holdersOf, holds, pauseOf, type Stop } from "../domain/stop-order.ts";
import {
	type PlanTrace,
	partSpanId,
	readTraceparent,
	type SpanPlace,
} from "../domain/trace/trace-context.ts";
import { isRetryable, OrchestratorError } from "../errors.ts";
import { withinSpan } from "../trace-span.ts";
import { checkArchive, isSameDecision, wasDenied } from "./check-archive.ts";
import type { DecisionArchive, DecisionCache } from "./decision-ports.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import {
	type DecisionArrival,
	prepareRun,
	type RunSettings,
} from "./prepare-run.ts";
import type {
	PlanStarter,
	RecordOutcome,
	StartOutcome,
} from "./start-ports.ts";

/**
 * Handles a decision by the table in protocol.md ("Plan states"), the same for Kafka and REST. Resolves only
 * after Temporal answered. Throws retryable errors only; the same decision may then come again and starts
 * nothing twice.
 */
export type AcceptDecision = (
	arrival: DecisionArrival,
) => Promise<IntakeOutcome>;

export interface AcceptDecisionDeps extends RunSettings {
	plans: PlanStarter;
	/** Without it, a decision that is delivered again after Temporal's retention would run again. */
	archive?: DecisionArchive;
	/** Answers most duplicates without Temporal, and while MongoDB is away. */
	cache?: DecisionCache;
	/** What persons have stopped. */
	stops?: { list(): Promise<readonly Stop[]> };
	/** Where new plans go; absent: the settings stand. */
	routing?: () => Promise<RoutingInForce>;
	/** Absent: plans are not traced. */
	beginTrace?: BeginTrace | undefined;
	metrics: Pick<
		IntakeMetrics,
		"decision" | "duplicates" | "correlationIdMissing"
	>;
}

/** Gives a plan its place in a trace: below the span that handed the decision in, if there is one. */
export type BeginTrace = (
	input: Pick<PlanRunInput, "decision" | "source" | "received_at_ms">,
	parent: SpanPlace | undefined,
) => PlanTrace;

/** Makes the one function that accepts decisions. */
export function createAcceptDecision(deps: AcceptDecisionDeps): AcceptDecision {
	return async (arrival) => {
		const outcome = await accept(deps, arrival);
		deps.metrics.decision(outcome.kind, arrival.via);
		if (outcome.kind === "duplicate") {
			deps.metrics.duplicates(
				arrival.via === "kafka" ? "decision_consumer" : "rest",
			);
		}
		return outcome;
	};
}

/**
 * The order survives a crash between any two steps: the cache and the archive are asked, then Temporal takes
 * the decision over (a workflow writes it to MongoDB, durably), then Redis remembers it, then the caller
 * commits the offset. Only Temporal's step decides. Repeating the other steps has no effect.
 */
async function accept(
	deps: AcceptDecisionDeps,
	arrival: DecisionArrival,
): Promise<IntakeOutcome> {
	const prepared = prepareRun(deps, arrival, await deps.routing?.());
	if (!prepared.ok) return prepared.refused;
	const { input } = prepared;
	const trace = deps.beginTrace?.(input, readTraceparent(arrival.traceparent));
	if (trace === undefined) return await acceptInput(deps, arrival, input);
	const intake = { ...trace, span_id: partSpanId(trace, "intake") };
	return await withinSpan(intake, () =>
		acceptInput(deps, arrival, { ...input, trace }),
	);
}

async function acceptInput(
	deps: AcceptDecisionDeps,
	arrival: DecisionArrival,
	input: PlanRunInput,
): Promise<IntakeOutcome> {
	const { plan_id, decision_id, final_decision } = input.decision;
	// Both are asked at once: nearly all decisions are new, and an answer is a round trip on the way to their tickets.
	const cached = deps.cache?.find(decision_id);
	const archived = deps.archive && checkArchive(deps.archive, input);
	archived?.catch(() => "a duplicate does not need it");
	const processed = await cached;
	const isDone = processed !== undefined && isSameDecision(processed, input);
	if (isDone && !(await mayStartAgain(deps.archive, input))) {
		const { workflow_id } = processed;
		return { kind: "duplicate", workflow_id, plan_id, decision_id };
	}
	const stops = (await deps.stops?.list()) ?? [];
	refuseWhileStopped(stops, arrival);
	const finding = await archived;
	const former = finding?.auditHead;
	// The new run continues the plan's audit trail, also when Temporal has forgotten the run before.
	const linked = {
		...input,
		...holdOf(stops, input),
		...(former && { former_audit_head: former }),
	};
	const outcome =
		finding?.against ?? (await handOver(deps.plans, linked, finding?.hasEnded));
	if (outcome.kind === "started" && input.decision.correlation_id === null)
		deps.metrics.correlationIdMissing();
	if (outcome.kind !== "refused") {
		const { workflow_id } = outcome;
		const { plan_hash } = input;
		const done = { plan_id, plan_hash, workflow_id, final_decision };
		await deps.cache?.remember(decision_id, done);
	}
	return toIntakeOutcome(outcome, plan_id, decision_id);
}

/** Records on Kafka wait for the release; a caller is told to come again. */
function refuseWhileStopped(
	stops: readonly Stop[],
	{ via }: DecisionArrival,
): void {
	const stop = stops.find(({ scope }) => scope === "intake");
	if (stop === undefined || via === "kafka") return;
	const { actor, reason } = stop;
	throw new OrchestratorError(
		"INTAKE_STOPPED",
		`intake was stopped by ${actor}: ${reason}`,
	);
}

/** A plan of a domain or a tenant that is stopped begins as paused. */
function holdOf(
	stops: readonly Stop[],
	{ decision, plan }: PlanRunInput,
): Pick<PlanRunInput, "hold"> {
	const of = holdersOf(decision.metadata, plan);
	const stop = stops.find((one) => holds(one, of));
	return stop === undefined ? {} : { hold: pauseOf(stop) };
}

/** The memory of processed decisions does not know that policies denied a plan. */
async function mayStartAgain(
	archive: DecisionArchive | undefined,
	{ asks_again, decision }: PlanRunInput,
): Promise<boolean> {
	if (!asks_again || archive === undefined) return false;
	try {
		const plan = await archive.readPlan(decision.plan_id);
		return plan !== undefined && wasDenied(plan);
	} catch (error) {
		if (!isRetryable(error)) throw error;
		return false;
	}
}

async function handOver(
	plans: PlanStarter,
	input: PlanRunInput,
	hasEnded = false,
): Promise<StartOutcome | RecordOutcome> {
	if (input.decision.final_decision !== "reject") {
		return await plans.startPlan(input, { hasEnded });
	}
	const { decision, plan_hash, received_at_ms, source } = input;
	return await plans.recordDecision({
		decision,
		plan_hash,
		received_at_ms,
		source,
	});
}

function toIntakeOutcome(
	outcome: StartOutcome | RecordOutcome,
	plan_id: string,
	decision_id: string,
): IntakeOutcome {
	if (outcome.kind !== "refused") return { ...outcome, plan_id, decision_id };
	const path = outcome.code.startsWith("PLAN_ALREADY") ? "$.plan_id" : "$";
	const { code, reason } = outcome;
	return { ...outcome, problems: [{ path, code, message: reason }] };
}
