import type { PlanProblem } from "./documents.ts";
import { FieldReader, isObject, MAX_ID_LENGTH, quote } from "./field-reader.ts";
import type { Plan, PlanTask, RiskBand } from "./plan.ts";
import { markedNames } from "./redact.ts";

/** A year: an estimate beyond it is no estimate, and its deadline would leave the calendar. */
export const MAX_ESTIMATE_MS = 365 * 24 * 3_600_000;
const riskBands: readonly string[] = [
	"low",
	"medium",
	"high",
	"critical",
] satisfies RiskBand[];

/**
 * The plan as far as it could be read, and every field that could not. With problems, only the plan's graph
 * may be used.
 */
export interface ReadPlan {
	plan: Plan;
	problems: PlanProblem[];
}

export interface ReadingRules {
	/** Accept ids of dots, and read 31 February as 3 March, as earlier builds did: their runs go on. */
	formerRules?: boolean;
}

/**
 * Reads a cognitive plan (contracts.md, "Cognitive plans") from parsed JSON: unknown fields are ignored, timestamps may
 * be numbers or ISO text, absent optional fields get their defaults. Never throws.
 */
export function readPlan(value: unknown, rules: ReadingRules = {}): ReadPlan {
	const reader = new FieldReader(value, "$");
	const sensitive = isObject(value) ? markedNames(value.metadata) : [];
	const plan: Plan = {
		plan_id: reader.id("plan_id", MAX_ID_LENGTH, rules),
		intent_id: reader.optionalText("intent_id"),
		correlation_id: reader.optionalText("correlation_id"),
		risk_band: readRiskBand(reader),
		risk_score: reader.number("risk_score", { minimum: 0, maximum: 1 }),
		domain: readWord(reader, "original_domain"),
		priority:
			reader.optionalText("original_priority") ??
			reader.optionalText("priority") ??
			"",
		security_level:
			reader.optionalText("original_security_level") ??
			reader.optionalText("security_level") ??
			"",
		valid_until: reader.optionalTimestamp("valid_until", rules),
		tasks: reader
			.list("tasks")
			.map((task, index) =>
				readTask(task, `$.tasks[${index}]`, reader.problems, rules),
			),
		execution_order: reader.texts("execution_order", { required: true }),
		...(sensitive.length > 0 && { sensitive }),
	};
	const version = reader.optionalNumber("schema_version");
	if (version !== null && version !== 1) {
		reader.report(
			"schema_version",
			"SCHEMA_VERSION_UNSUPPORTED",
			`is ${version}, but this service reads version 1 only: publish the plan as version 1`,
		);
	}
	return { plan, problems: reader.problems };
}

/** Longest text of a search attribute: Temporal refuses longer ones. */
const MAX_WORD_LENGTH = 100;

function readWord(reader: FieldReader, field: string): string | null {
	const text = reader.optionalText(field);
	return text?.slice(0, MAX_WORD_LENGTH).toWellFormed() ?? null;
}

function readRiskBand(reader: FieldReader): RiskBand {
	const band = reader.text("risk_band").toLowerCase();
	if (band !== "" && !riskBands.includes(band)) {
		reader.report(
			"risk_band",
			"FIELD_INVALID",
			`is ${quote(band)}, expected one of ${riskBands.join(", ")}`,
		);
	}
	return band as RiskBand;
}

function readTask(
	value: unknown,
	path: string,
	problems: PlanProblem[],
	rules: ReadingRules,
): PlanTask {
	const reader = new FieldReader(value, path, problems);
	return {
		task_id: reader.id("task_id", MAX_ID_LENGTH, rules),
		task_type: reader.optionalText("task_type") ?? "EXECUTE",
		description: reader.optionalText("description") ?? "",
		dependencies: reader.texts("dependencies"),
		estimated_duration_ms: reader.optionalNumber("estimated_duration_ms", {
			minimum: 0,
			maximum: MAX_ESTIMATE_MS,
		}),
		required_capabilities: reader.texts("required_capabilities"),
		parameters: reader.optionalObject("parameters"),
		metadata: reader.optionalObject("metadata"),
	};
}
