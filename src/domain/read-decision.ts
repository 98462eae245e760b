import { bareDecisionId } from "./bare-plan.ts";
import { sortedJson } from "./canonical-json.ts";
import type { PlanProblem } from "./documents.ts";
import {
	addProblem,
	FieldReader,
	isDotSegment,
	isObject,
	MAX_ID_LENGTH,
} from "./field-reader.ts";
import { parseJson } from "./parse-json.ts";
import type { DecisionSummary, FinalDecision } from "./plan-run.ts";
import { unseenProblem } from "./unseen-characters.ts";

const finalDecisions: readonly string[] = [
	"approve",
	"reject",
	"review_required",
	"conditional",
] satisfies FinalDecision[];

export type DecisionReading =
	| {
			ok: true;
			decision: DecisionSummary;
			/** Parsed JSON; a string that is no JSON stays a string; null: it stands in the ledger. */
			plan: unknown;
			/** Fields that were read leniently, to be shown on the plan. */
			warnings: PlanProblem[];
	  }
	| { ok: false; problems: PlanProblem[] };

interface Found {
	problems: PlanProblem[];
	warnings: PlanProblem[];
}

/**
 * Reads a consolidated decision (contracts.md, "Decisions on plans.consensus") or a bare plan from parsed JSON or Avro. Only the ids
 * and the outcome are required; unknown fields are ignored. Tells every problem at once; never throws.
 */
export function readDecision(value: unknown): DecisionReading {
	const found: Found = { problems: [], warnings: [] };
	if (!isObject(value)) {
		new FieldReader(value, "$", found.problems);
		return { ok: false, problems: found.problems };
	}
	const isBarePlan = "tasks" in value && (value.decision_id ?? null) === null;
	const plan = isBarePlan
		? value
		: readEmbeddedPlan(value.cognitive_plan, found);
	const decision = isBarePlan
		? readBarePlan(value, found)
		: readConsolidated(value, plan, found);
	if (found.problems.length > 0) return { ok: false, problems: found.problems };
	return { ok: true, decision, plan, warnings: found.warnings };
}

/** Whether a person must approve before the plan runs (protocol.md, "Plan states"). */
export function needsApproval(
	decision: Pick<DecisionSummary, "final_decision" | "requires_human_review">,
	plan: unknown,
): boolean {
	if (decision.final_decision === "review_required") return true;
	if (decision.requires_human_review) return true;
	if (!isObject(plan)) return false;
	return (
		readFlag(plan.requires_approval) !== false &&
		String(plan.approval_status).toLowerCase() !== "approved"
	);
}

function readConsolidated(
	value: Record<string, unknown>,
	plan: unknown,
	found: Found,
): DecisionSummary {
	const strict = new FieldReader(value, "$", found.problems);
	return {
		...readCommon(value, found),
		decision_id: readId(strict, "decision_id"),
		plan_id: readId(strict, "plan_id"),
		intent_id: readIntentId(value, found) ?? planIntentId(plan) ?? "unknown",
		final_decision: readFinalDecision(strict),
		requires_human_review: readReviewFlag(value.requires_human_review, found),
		// An expiry that cannot be read must not become "never expires".
		valid_until: strict.optionalTimestamp("valid_until"),
		...readRisk(value, found),
		kind: "decision",
	};
}

function readBarePlan(
	value: Record<string, unknown>,
	found: Found,
): DecisionSummary {
	const planId = readId(new FieldReader(value, "$", found.problems), "plan_id");
	return {
		...readCommon(value, found),
		decision_id: bareDecisionId(planId),
		plan_id: planId,
		intent_id: readIntentId(value, found) ?? "unknown",
		final_decision: "approve",
		requires_human_review: false,
		// C1 checks the plan's own expiry.
		valid_until: null,
		kind: "bare-plan",
	};
}

/** The fields that a decision and a plan share. */
function readCommon(value: Record<string, unknown>, found: Found) {
	const lenient = new FieldReader(value, "$", found.warnings);
	return {
		correlation_id: limitId("correlation_id", lenient, found.problems),
		trace_id: limitId("trace_id", lenient, found.problems),
		span_id: limitId("span_id", lenient, found.problems),
		created_at: lenient.optionalTimestamp("created_at"),
		metadata: readTexts(lenient.optionalObject("metadata")),
	};
}

function readRisk(
	value: Record<string, unknown>,
	{ warnings }: Found,
): Pick<DecisionSummary, "aggregated_risk"> {
	const reader = new FieldReader(value, "$", warnings);
	const aggregated_risk = reader.optionalNumber("aggregated_risk");
	return aggregated_risk === null ? {} : { aggregated_risk };
}

function readEmbeddedPlan(value: unknown, { problems }: Found): unknown {
	if (typeof value !== "string") return value ?? null;
	try {
		return parseJson(value);
	} catch (error) {
		if (error instanceof RangeError) {
			const path = "$.cognitive_plan";
			const message = `${path} is ${error.message}: flatten it`;
			addProblem(problems, { path, code: "PLAN_TOO_DEEP", message });
		}
		// Otherwise C1 reports the fault, and REST shows the plan as INVALID.
		return value;
	}
}

function readId(reader: FieldReader, field: string): string {
	const id = reader.text(field);
	checkId(field, id, reader.problems);
	return id;
}

function limitId(
	field: string,
	reader: FieldReader,
	problems: PlanProblem[],
): string | null {
	const id = reader.optionalText(field);
	if (id !== null) checkId(field, id, problems);
	return id === "" ? null : id;
}

function readIntentId(
	value: Record<string, unknown>,
	{ problems, warnings }: Found,
): string | null {
	const reader = new FieldReader(value, "$", warnings);
	return limitId("intent_id", reader, problems);
}

function planIntentId(plan: unknown): string | undefined {
	if (!isObject(plan) || typeof plan.intent_id !== "string") return undefined;
	const problems: PlanProblem[] = [];
	checkId("intent_id", plan.intent_id, problems);
	return problems.length === 0 ? plan.intent_id || undefined : undefined;
}

/** The ids that people use to tell plans and decisions apart. */
const named = ["plan_id", "decision_id"];

/**
 * Ids become workflow ids, Kafka keys, headers and URLs: characters that those cannot carry are refused here.
 */
function checkId(field: string, id: string, problems: PlanProblem[]): void {
	const path = `$.${field}`;
	if (id.length > MAX_ID_LENGTH) {
		addProblem(problems, {
			path,
			code: "ID_TOO_LONG",
			message: `${path} has ${id.length} characters, at most ${MAX_ID_LENGTH} are allowed: give it a shorter id`,
		});
	}
	if (field === "plan_id" && isDotSegment(id)) {
		addProblem(problems, {
			path,
			code: "ID_INVALID",
			message: `${path} is "${id}", which no URL can carry: give it another id`,
		});
	}
	const unseen = named.includes(field) ? unseenProblem(id) : undefined;
	if (unseen !== undefined) {
		const message = `${path} ${unseen}`;
		addProblem(problems, { path, code: "ID_INVALID", message });
	}
	if (!id.isWellFormed() || /\p{Cc}/u.test(id)) {
		addProblem(problems, {
			path,
			code: "ID_INVALID",
			message: `${path} has control characters or halves of surrogate pairs: give it printable text`,
		});
	}
}

function readFinalDecision(reader: FieldReader): FinalDecision {
	const word = reader.text("final_decision").trim().toLowerCase();
	if (word !== "" && !finalDecisions.includes(word)) {
		const shown = JSON.stringify(word.slice(0, 80));
		reader.report(
			"final_decision",
			"DECISION_UNKNOWN",
			`is ${shown}, expected one of ${finalDecisions.join(", ")}`,
		);
	}
	return word as FinalDecision;
}

/** A value that is neither true nor false needs a person: no decision is not permission. */
function readReviewFlag(value: unknown, { warnings }: Found): boolean {
	const flag = readFlag(value);
	if (flag === undefined) {
		const path = "$.requires_human_review";
		addProblem(warnings, {
			path,
			code: "FIELD_INVALID",
			message: `${path} is neither true nor false: it was taken as true`,
		});
	}
	return flag !== false;
}

/** Reads a flag leniently: absent is false, a value that is neither true nor false is undefined. */
export function readFlag(value: unknown): boolean | undefined {
	if (value === undefined || value === null) return false;
	const word = typeof value === "object" ? "" : String(value).toLowerCase();
	if (["true", "1"].includes(word)) return true;
	return ["false", "0"].includes(word) ? false : undefined;
}

/** Converts values that are no text to JSON; leaves null out. */
function readTexts(values: Record<string, unknown>): Record<string, string> {
	const entries = Object.entries(values)
		.filter(([, value]) => value !== null && value !== undefined)
		.map(([key, value]) => [key, toText(value)] as const);
	return Object.fromEntries(entries);
}

function toText(value: unknown): string {
	return typeof value === "string" ? value : sortedJson(value);
}
