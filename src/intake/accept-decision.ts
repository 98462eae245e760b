import {
	type CanonicalJson,
	canonicalJson,
	renderCanonicalJson,
	textHash,
} from "../domain/canonical-json.ts";
import { chooseVersion } from "../domain/choose-version.ts";
import type { PlanProblem } from "../domain/documents.ts";
import type { IntakeOutcome } from "../domain/intake-outcome.ts";
import type {
	PlanRunInput,
	PlanSettings,
	RecordSource,
} from "../domain/plan-run.ts";
import { type DecisionReading, readDecision } from "../domain/read-decision.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import type {
	PlanStarter,
	RecordOutcome,
	StartOutcome,
} from "./plan-starter.ts";
import { type PlanMemory, recallPlan } from "./recall-plan.ts";

/** A decision or a bare plan that came in, as parsed JSON or Avro. */
export interface DecisionArrival {
	value: unknown;
	receivedAtMs: number;
	/** The record's own timestamp; by REST the time of the request. */
	decidedAtMs: number;
	source: RecordSource | null;
	via: "kafka" | "rest";
}

/**
 * Does with a decision what protocol.md says ("Plan states", the table), the same for Kafka and REST.
 * Resolves only after Temporal answered. Throws retryable errors only; the same arrival may then come
 * again and starts nothing twice.
 */
export type AcceptDecision = (
	arrival: DecisionArrival,
) => Promise<IntakeOutcome>;

export interface AcceptDecisionDeps {
	plans: PlanStarter;
	/** Without it, a decision that is delivered again after Temporal's retention would run again. */
	memory?: PlanMemory;
	settings: PlanSettings;
	versions: { v2Enabled: boolean; v2Percentage: number };
	metrics: Pick<IntakeMetrics, "decision" | "duplicates">;
}

type Accepted = Extract<DecisionReading, { ok: true }>;
type Refused = Extract<IntakeOutcome, { kind: "refused" }>;

/** 1.5 MB: Temporal refuses payloads above 2 MB. */
export const MAX_INPUT_BYTES = 1_572_864;
/** Deeper JSON exhausts the stack of `JSON.stringify` on its way to Temporal; real plans have ten levels. */
export const MAX_PLAN_DEPTH = 100;

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

async function accept(
	deps: AcceptDecisionDeps,
	arrival: DecisionArrival,
): Promise<IntakeOutcome> {
	const reading = readDecision(arrival.value);
	if (!reading.ok) return unreadable(reading.problems);
	const plan = renderCanonicalJson(reading.plan);
	const problem = limitProblem(reading, plan);
	if (problem !== undefined) return beyondLimit(problem);
	const input = runInput(deps, arrival, reading, plan);
	const { plan_id, decision_id, final_decision } = reading.decision;
	const outcome =
		final_decision === "reject"
			? await deps.plans.recordDecision({
					decision: input.decision,
					plan_hash: input.plan_hash,
					received_at_ms: input.received_at_ms,
					source: input.source,
				})
			: await start(deps, input);
	return toIntakeOutcome(outcome, plan_id, decision_id);
}

async function start(
	{ plans, memory }: AcceptDecisionDeps,
	input: PlanRunInput,
): Promise<StartOutcome> {
	const recalled =
		memory === undefined ? undefined : await recallPlan(memory, input);
	return recalled ?? (await plans.startPlan(input));
}

function runInput(
	{ settings, versions }: AcceptDecisionDeps,
	{ receivedAtMs, decidedAtMs, source }: DecisionArrival,
	{ decision, plan, warnings }: Accepted,
	{ text }: CanonicalJson,
): PlanRunInput {
	const { version, warning } = chooseVersion({
		planId: decision.plan_id,
		requested: decision.metadata.orchestrator_version,
		...versions,
	});
	return {
		decision,
		plan,
		plan_hash: plan === null ? null : textHash(text),
		orchestrator_version: version,
		received_at_ms: receivedAtMs,
		decided_at_ms: decidedAtMs,
		source,
		settings,
		warnings: warning === undefined ? warnings : [...warnings, warning],
	};
}

function limitProblem(
	{ decision }: Accepted,
	plan: CanonicalJson,
): PlanProblem | undefined {
	const path = decision.kind === "bare-plan" ? "$" : "$.cognitive_plan";
	const code = "PLAN_TOO_LARGE";
	const bytes =
		Buffer.byteLength(plan.text) + Buffer.byteLength(canonicalJson(decision));
	if (bytes > MAX_INPUT_BYTES) {
		const message = `${path} and the decision's metadata have ${bytes} bytes, at most ${MAX_INPUT_BYTES} are allowed: split the plan`;
		return { path, code, message };
	}
	if (plan.depth > MAX_PLAN_DEPTH) {
		const message = `${path} is nested ${plan.depth} levels deep, at most ${MAX_PLAN_DEPTH} are allowed: flatten it`;
		return { path, code, message };
	}
	return undefined;
}

function unreadable(problems: PlanProblem[]): Refused {
	const isTooLong = problems.some(({ code }) => code === "ID_TOO_LONG");
	const [first] = problems;
	return {
		kind: "refused",
		code: isTooLong ? "PLAN_TOO_LARGE" : "MESSAGE_INVALID",
		reason: `the message is neither a decision nor a plan that can run (${problems.length} problems): ${first?.message}`,
		hint: "correct every field that `problems` names and publish the message again",
		problems,
	};
}

function beyondLimit(problem: PlanProblem): Refused {
	return {
		kind: "refused",
		code: "PLAN_TOO_LARGE",
		reason: problem.message,
		hint: "publish a smaller plan under a new plan_id",
		problems: [problem],
	};
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
