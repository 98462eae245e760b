import {
	type CanonicalJson,
	canonicalJson,
	renderCanonicalJson,
	textHash,
} from "../domain/canonical-json.ts";
import {
	chooseVersion,
	type StartVersions,
	startSplit,
} from "../domain/choose-version.ts";
import type { PlanProblem } from "../domain/documents.ts";
import type { IntakeOutcome } from "../domain/intake-outcome.ts";
import type { PlanOrigin } from "../domain/origin.ts";
import type {
	PlanRunInput,
	PlanSettings,
	RecordSource,
} from "../domain/plan-run.ts";
import { planLimitProblem } from "../domain/plan-size.ts";
import { type DecisionReading, readDecision } from "../domain/read-decision.ts";
import { chooseBuild } from "../domain/rollout/choose-build.ts";
import type { RoutingInForce } from "../domain/rollout/routing.ts";
import { holdersOf } from "../domain/stop-order.ts";
import { type PlanPredictor, withPredictions } from "./predict-plan.ts";

/** A decision or a bare plan that came in, as parsed JSON or Avro. */
export interface DecisionArrival {
	value: unknown;
	receivedAtMs: number;
	/** The record's own timestamp; by REST the time of the request. */
	decidedAtMs: number;
	source: RecordSource | null;
	via: "kafka" | "rest";
	/** The span that handed it in, as W3C trace context. */
	traceparent?: string | undefined;
	/** The record is a dead letter that somebody has sent back. */
	isRedriven?: boolean;
	/** Who handed it in by REST; what came by Kafka is told by its source. */
	origin?: PlanOrigin;
}

/** What every run gets from the configuration. */
export interface RunSettings {
	settings: PlanSettings;
	/** They stand until a person sets the split. */
	versions: StartVersions;
	/** Absent: predictions are off. */
	predictor?: PlanPredictor | undefined;
}

type Accepted = Extract<DecisionReading, { ok: true }>;
export type Refused = Extract<IntakeOutcome, { kind: "refused" }>;

/** The input of the run that a decision asks for, or why it can have none. Starts nothing. */
export function prepareRun(
	settings: RunSettings,
	arrival: DecisionArrival,
	routing: RoutingInForce = {},
): { ok: true; input: PlanRunInput } | { ok: false; refused: Refused } {
	const reading = readDecision(arrival.value);
	if (!reading.ok) return { ok: false, refused: unreadable(reading.problems) };
	const plan = renderCanonicalJson(reading.plan);
	const bytes = bytesOf(reading, plan);
	const problem = limitProblem(reading, bytes, plan.depth);
	if (problem !== undefined)
		return { ok: false, refused: beyondLimit(problem) };
	const run = { arrival, reading, text: plan.text, routing };
	const input = runInput(settings, run);
	return { ok: true, input: withPredictions(input, settings.predictor, bytes) };
}

interface NewRun {
	arrival: DecisionArrival;
	reading: Accepted;
	/** Canonical JSON of the plan. */
	text: string;
	routing: RoutingInForce;
}

function runInput(
	{ settings, versions }: RunSettings,
	{ arrival, reading, text, routing }: NewRun,
): PlanRunInput {
	const { receivedAtMs, decidedAtMs, source, via, isRedriven } = arrival;
	const { decision, plan, warnings } = reading;
	const origin = originOf(arrival);
	const { plan_id } = decision;
	const { domain, tenant } = holdersOf(decision.metadata, plan);
	// What has no domain is drawn by itself.
	const keys = { plan: plan_id, tenant, domain: domain ?? plan_id };
	const { version, weight, warning } = chooseVersion({
		keys,
		requested: decision.metadata.orchestrator_version,
		split: routing.split?.body ?? startSplit(versions),
	});
	const release = chooseBuild(routing.release, keys);
	return {
		decision,
		plan,
		plan_hash: plan === null ? null : textHash(text),
		orchestrator_version: version,
		received_at_ms: receivedAtMs,
		decided_at_ms: decidedAtMs,
		source,
		settings,
		routing: {
			split_revision: routing.split?.revision ?? null,
			version_weight: weight,
			...(release && { release }),
		},
		...(origin && { origin }),
		...((via === "rest" || isRedriven) && { asks_again: true }),
		warnings: warning === undefined ? warnings : [...warnings, warning],
	};
}

/** Nobody is known by a record: whoever may write to the topic has written it. */
function originOf({ origin, source }: DecisionArrival): PlanOrigin | undefined {
	if (origin !== undefined || source === null) return origin;
	const via = { kind: "kafka", ...source } as const;
	return { submitted_by: null, via, authenticated: false };
}

function bytesOf({ decision }: Accepted, { text }: CanonicalJson): number {
	return Buffer.byteLength(text) + Buffer.byteLength(canonicalJson(decision));
}

function limitProblem(
	{ decision }: Accepted,
	bytes: number,
	depth: number,
): PlanProblem | undefined {
	const path = decision.kind === "bare-plan" ? "$" : "$.cognitive_plan";
	const and = "and the decision's metadata";
	return planLimitProblem({ path, and, bytes, depth });
}

function unreadable(problems: PlanProblem[]): Refused {
	const isTooLarge = problems.some(({ code }) =>
		["ID_TOO_LONG", "PLAN_TOO_DEEP"].includes(code),
	);
	const [first] = problems;
	return {
		kind: "refused",
		code: isTooLarge ? "PLAN_TOO_LARGE" : "MESSAGE_INVALID",
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
