import type { PlanProblem } from "./documents.ts";
import { exactText, isExactNumber, roundExact } from "./exact-number.ts";
import { toJson } from "./json-text.ts";
import { formerTimestampMs, timestampMs } from "./timestamps.ts";
import { unseenProblem } from "./unseen-characters.ts";

interface Range {
	minimum?: number;
	maximum?: number;
}

/** Longer ids would break Temporal's and Kafka's own limits further on. */
export const MAX_ID_LENGTH = 200;

/** A message with more problems than this is answered with the first ones and a count. */
export const MAX_PROBLEMS = 1_000;

/**
 * Reads the fields of one untrusted JSON object and keeps every problem with its JSON path, so that
 * all of them can be told in one answer. Every method returns a value of its type, whatever it found.
 */
export class FieldReader {
	readonly problems: PlanProblem[];
	readonly #fields: Record<string, unknown>;
	readonly #path: string;

	constructor(value: unknown, path: string, problems: PlanProblem[] = []) {
		this.problems = problems;
		this.#path = path;
		this.#fields = isObject(value) ? value : {};
		if (!isObject(value)) {
			addProblem(problems, {
				path,
				code: "FIELD_INVALID",
				message: `${path} is ${describe(value)}, expected an object`,
			});
		}
	}

	/** Adds a problem of a field; `text` goes on after the path: `is 7, expected ...`. */
	report(field: string, code: string, text: string): void {
		const path = fieldPath(this.#path, field);
		addProblem(this.problems, { path, code, message: `${path} ${text}` });
	}

	/**
	 * Ids become Kafka keys, headers, URLs and parts of other ids: characters that those cannot carry are
	 * reported. Earlier builds accepted ids of dots and invisible characters.
	 */
	id(field: string, maxLength: number, { formerRules = false } = {}): string {
		const text = this.text(field);
		if (isDotSegment(text) && !formerRules) {
			this.report(
				field,
				"FIELD_INVALID",
				`is ${quote(text)}, which no URL can carry: give it another id`,
			);
		}
		if (!text.isWellFormed() || /\p{Cc}/u.test(text)) {
			this.report(
				field,
				"FIELD_INVALID",
				"has control characters or halves of surrogate pairs: give it printable text",
			);
		}
		const unseen = unseenProblem(text);
		if (unseen !== undefined && !formerRules)
			this.report(field, "FIELD_INVALID", unseen);
		if (text.length > maxLength) {
			this.report(
				field,
				"FIELD_INVALID",
				`has ${text.length} characters, at most ${maxLength} are allowed`,
			);
		}
		return text;
	}

	text(field: string): string {
		const value = this.#fields[field];
		if (value === undefined || value === null || value === "") {
			this.report(
				field,
				"FIELD_MISSING",
				"is missing: give it a non-empty string",
			);
			return "";
		}
		return this.optionalText(field) ?? "";
	}

	/** Numbers and booleans are taken as their text. */
	optionalText(field: string): string | null {
		const value = this.#fields[field];
		if (value === undefined || value === null) return null;
		const text = textOf(value);
		if (text !== undefined) return text;
		this.report(
			field,
			"FIELD_INVALID",
			`is ${describe(value)}, expected a string`,
		);
		return null;
	}

	number(field: string, range: Range = {}): number {
		const value = this.optionalNumber(field, range);
		if (value === null && (this.#fields[field] ?? null) === null) {
			this.report(field, "FIELD_MISSING", "is missing: give it a number");
		}
		return value ?? 0;
	}

	/** Numeric text is taken as its number. */
	optionalNumber(
		field: string,
		{ minimum = -Infinity, maximum = Infinity }: Range = {},
	): number | null {
		const value = this.#fields[field];
		if (value === undefined || value === null) return null;
		const number = toNumber(value);
		if (typeof number !== "number" || !Number.isFinite(number)) {
			this.report(
				field,
				"FIELD_INVALID",
				`is ${describe(value)}, expected a number`,
			);
			return null;
		}
		if (number < minimum || number > maximum) {
			this.report(
				field,
				"FIELD_INVALID",
				`is ${number}, expected ${rangeText(minimum, maximum)}`,
			);
			return null;
		}
		return number;
	}

	/** Unix epoch in ms, as number, numeric text or ISO 8601 text; by `formerRules` see `formerTimestampMs`. */
	optionalTimestamp(
		field: string,
		{ formerRules = false } = {},
	): number | null {
		const value = this.#fields[field];
		if (value === undefined || value === null) return null;
		const atMs = formerRules ? formerTimestampMs(value) : timestampMs(value);
		if (atMs === undefined) {
			this.report(
				field,
				"FIELD_INVALID",
				`is ${describe(value)}, expected epoch milliseconds or ISO 8601 text`,
			);
		}
		return atMs ?? null;
	}

	list(field: string): unknown[] {
		const value = this.#fields[field];
		if (Array.isArray(value)) return value;
		if (value === undefined || value === null)
			this.report(field, "FIELD_MISSING", "is missing: give it a list");
		else
			this.report(
				field,
				"FIELD_INVALID",
				`is ${describe(value)}, expected a list`,
			);
		return [];
	}

	/** An item that is no text stands as an empty one, so that the others keep their positions. */
	texts(field: string, { required = false } = {}): string[] {
		const value = this.#fields[field];
		if (!required && (value === undefined || value === null)) return [];
		return this.list(field).map((item, index) => {
			const text = textOf(item) ?? "";
			if (text === "") {
				this.report(
					`${field}[${index}]`,
					"FIELD_INVALID",
					`is ${describe(item)}, expected a non-empty string`,
				);
			}
			return text;
		});
	}

	optionalObject(field: string): Record<string, unknown> {
		const value = this.#fields[field];
		if (value === undefined || value === null) return {};
		if (isObject(value)) return value;
		this.report(
			field,
			"FIELD_INVALID",
			`is ${describe(value)}, expected an object`,
		);
		return {};
	}
}

/** Whether a URL's path would lose the segment: `.` and `..`. */
export function isDotSegment(id: string): boolean {
	return id === "." || id === "..";
}

/** True for what JSON calls an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
	return (
		typeof value === "object" &&
		value !== null &&
		!Array.isArray(value) &&
		!isExactNumber(value)
	);
}

/** Adds a problem unless there are too many already; the last problem says that more were left out. */
export function addProblem(
	problems: PlanProblem[],
	problem: PlanProblem,
): void {
	if (problems.length < MAX_PROBLEMS) problems.push(problem);
	else if (problems.length === MAX_PROBLEMS) {
		problems.push({
			path: "$",
			code: "TOO_MANY_PROBLEMS",
			message: `more than ${MAX_PROBLEMS} problems: the rest is left out`,
		});
	}
}

/** Numbers and booleans are taken as their text. */
export function textOf(value: unknown): string | undefined {
	if (typeof value === "string") return value;
	if (isExactNumber(value)) return exactText(value);
	return typeof value === "number" || typeof value === "boolean"
		? String(value)
		: undefined;
}

/** For counts and measurements the nearest JavaScript number is exact enough. */
function toNumber(value: unknown): unknown {
	if (isExactNumber(value)) return roundExact(value);
	return typeof value === "string" && value.trim() !== ""
		? Number(value)
		: value;
}

function fieldPath(path: string, field: string): string {
	return field === "" ? path : `${path}.${field}`;
}

function describe(value: unknown): string {
	if (value === undefined) return "missing";
	if (Array.isArray(value)) return "a list";
	if (isObject(value)) return "an object";
	return quote(value);
}

/** The JSON text of a value for a message: cut, so that no message is larger than the value. */
export function quote(value: unknown): string {
	const text = toJson(value) ?? typeof value;
	return text.length > 80 ? `${text.slice(0, 77).toWellFormed()}...` : text;
}

function rangeText(minimum: number, maximum: number): string {
	if (maximum === Infinity) return `at least ${minimum}`;
	return `a number from ${minimum} to ${maximum}`;
}
