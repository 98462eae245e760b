import type { ApprovalAnswer } from "./approvals.ts";
import { canonicalJson, planHash, textHash } from "./canonical-json.ts";
import type { PlanProblem } from "./documents.ts";
import {
	addProblem,
	FieldReader,
	isObject,
	MAX_ID_LENGTH,
} from "./field-reader.ts";
import { isServiceName, SERVICE_NAME_REFUSAL } from "./origin.ts";
import { parseJson } from "./parse-json.ts";
import { PLAN_HASH_MARK } from "./request-as-plan.ts";

export type ApprovalAnswerReading =
	| { ok: true; answer: ApprovalAnswer }
	| { ok: false; problems: PlanProblem[] };

const HASH = /^[0-9a-f]{64}$/;
/** The same limit as for reasons by REST. */
const MAX_REASON_LENGTH = 1_000;

/**
 * Reads a person's answer (contracts.md, "Approval messages"). The name, the plan and yes or no are required;
 * unknown fields are ignored. Tells every problem at once; never throws.
 */
export function readApprovalAnswer(value: unknown): ApprovalAnswerReading {
	const reader = new FieldReader(value, "$");
	const { problems } = reader;
	if (!isObject(value)) return { ok: false, problems };
	// Ids of plans under former rules are accepted too, and any name of a person.
	const former = { formerRules: true };
	const plan_id = reader.id("plan_id", MAX_ID_LENGTH, former);
	const approved_by = reader.id("approved_by", MAX_ID_LENGTH, former);
	if (isServiceName(approved_by))
		reader.report("approved_by", "FIELD_INVALID", SERVICE_NAME_REFUSAL);
	const decision = readWord(reader);
	const approved_at = reader.optionalTimestamp("approved_at");
	const reason = reader.optionalText("rejection_reason")?.trim() || null;
	const plan_hash = readHash(reader);
	if (problems.length > 0) return { ok: false, problems };
	return {
		ok: true,
		answer: {
			answer_id: textHash(canonicalJson(value)).slice(0, 32),
			plan_id,
			decision,
			approved_by,
			approved_at,
			reason: reason?.slice(0, MAX_REASON_LENGTH).toWellFormed() ?? null,
			plan_hash,
		},
	};
}

/** No decision is not permission, and not a refusal either: another word is no valid answer. */
function readWord(reader: FieldReader): ApprovalAnswer["decision"] {
	const word = reader.text("decision").trim().toLowerCase();
	if (word === "approved" || word === "rejected") return word;
	if (word !== "") {
		const shown = JSON.stringify(word.slice(0, 80));
		const text = `is ${shown}, expected one of approved, rejected`;
		reader.report("decision", "DECISION_UNKNOWN", text);
	}
	return "rejected";
}

/**
 * The hash of the plan that the person looked at: from the hash or the JSON in the answer; null when both are
 * absent.
 */
function readHash(reader: FieldReader): string | null {
	const named = reader.optionalText("plan_hash")?.toLowerCase() || null;
	if (named !== null && !HASH.test(named)) {
		const text = "is no SHA-256 in hex: copy it from the request";
		reader.report("plan_hash", "FIELD_INVALID", text);
	}
	const text = reader.optionalText("cognitive_plan_json") || null;
	if (text === null) return named;
	const hash = hashOfText(text, reader.problems);
	if (named !== null && hash !== undefined && named !== hash) {
		const other = `is not the hash of $.cognitive_plan_json, which is ${hash}`;
		reader.report("plan_hash", "FIELD_INVALID", other);
	}
	return hash ?? named;
}

function hashOfText(text: string, problems: PlanProblem[]): string | undefined {
	try {
		const plan = unwrap(parseJson(text));
		return markOf(plan) ?? planHash(plan);
	} catch {
		const path = "$.cognitive_plan_json";
		addProblem(problems, {
			path,
			code: "PLAN_NOT_JSON",
			message: `${path} is text that is no JSON: give it the plan of the request, or leave it out`,
		});
		return undefined;
	}
}

/** A plan that was sent as Avro comes back changed; the hash in its metadata identifies it. */
function markOf(plan: unknown): string | undefined {
	if (!isObject(plan) || !isObject(plan.metadata)) return undefined;
	const mark = plan.metadata[PLAN_HASH_MARK];
	return typeof mark === "string" && HASH.test(mark) ? mark : undefined;
}

/** Approval services keep the whole request, and some answer with it instead of the plan. */
function unwrap(value: unknown): unknown {
	return isObject(value) &&
		!("tasks" in value) &&
		isObject(value.cognitive_plan)
		? value.cognitive_plan
		: value;
}
