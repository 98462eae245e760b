import { isObject } from "./field-reader.ts";

/** What stands in the place of a sensitive value. */
export const REDACTED = "***";
/** Fields of a plan, a task or a ticket that hold parameters. */
const PARAMETER_FIELDS = new Set(["parameters", "original_params"]);
/** Deeper than any plan; what lies beyond is not shown at all. */
const MAX_DEPTH = 24;
const NAMED_VALUE =
	/(["']?)([\w.-]+)\1(\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;&}\]]+)/g;
const URL_CREDENTIALS = /(:\/\/)[^\s/@"']+@/g;

/**
 * Hides sensitive values where they leave the service: log, answers of REST, dead letters, approval requests.
 * They are stored as they are, and so workers get them.
 */
export interface Redact {
	/**
	 * Hides parameters whose name fits a pattern of the setting, or stands in `metadata.sensitive` (names with
	 * commas between, or a list) of the plan, task or ticket around them. The same object if there are none.
	 */
	parameters<T>(value: T): T;
	/** As `parameters`, and every other field whose name fits a pattern: for what has no contract. */
	fields<T>(value: T): T;
	/** Values behind sensitive names in a text, and credentials in addresses. */
	text(text: string): string;
}

/** `patterns`: names in which `*` is any text; upper and lower case are the same. */
export function createRedact(patterns: readonly string[]): Redact {
	const pattern = toPattern(patterns);
	const isSensitive = (name: string) => pattern.test(name);
	const text = (given: string): string =>
		given
			.replace(NAMED_VALUE, (_, quote, name, between, value) => {
				const shown = isSensitive(name) ? REDACTED : text(value);
				return `${quote}${name}${quote}${between}${shown}`;
			})
			.replace(URL_CREDENTIALS, `$1${REDACTED}@`);
	const walk = (value: unknown, inParameters: boolean) =>
		redact(value, {
			isSensitive,
			marked: new Set(),
			inParameters,
			depth: 0,
		});
	return {
		parameters: <T>(value: T) => walk(value, false) as T,
		fields: <T>(value: T) => walk(value, true) as T,
		text,
	};
}

/** The names that `metadata.sensitive` of a plan, task or ticket marks. */
export function markedNames(metadata: unknown): string[] {
	if (!isObject(metadata)) return [];
	const { sensitive } = metadata;
	return typeof sensitive === "string" ? namesIn(sensitive) : listOf(sensitive);
}

/** Which of these names parameters have, at any depth, also inside text that is JSON. */
export function namesWithin(
	parameters: unknown,
	names: readonly string[],
): string[] {
	const asked = new Set(names);
	const found = new Set<string>();
	const open = [parameters];
	while (open.length > 0) {
		const one = open.pop();
		const own = typeof one === "string" ? parseText(one) : one;
		if (typeof own !== "object" || own === null) continue;
		for (const [name, child] of Object.entries(own)) {
			if (asked.has(name)) found.add(name);
			open.push(child);
		}
	}
	return [...found];
}

/** The path of a value that was hidden when it was shown, and comes back now; undefined: there is none. */
export function findRedacted(value: unknown): string | undefined {
	// A stack of its own: JSON from outside may be of any depth.
	const open: { path: string; value: unknown }[] = [{ path: "$", value }];
	for (let one = open.pop(); one !== undefined; one = open.pop()) {
		const { path, value: own } = one;
		if (own === REDACTED) return path;
		if (typeof own !== "object" || own === null) continue;
		for (const [name, child] of Object.entries(own))
			open.push({
				path: Array.isArray(own) ? `${path}[${name}]` : `${path}.${name}`,
				value: child,
			});
	}
	return undefined;
}

interface Place {
	isSensitive(name: string): boolean;
	/** Names that `metadata.sensitive` of something around marks. */
	marked: ReadonlySet<string>;
	inParameters: boolean;
	depth: number;
}

function redact(value: unknown, place: Place): unknown {
	if (typeof value === "string") return redactJson(value, place);
	if (typeof value !== "object" || value === null) return value;
	if (place.depth > MAX_DEPTH) return REDACTED;
	const deeper = { ...place, depth: place.depth + 1 };
	if (Array.isArray(value)) {
		const items = value.map((item) => redact(item, deeper));
		return items.some((item, at) => item !== value[at]) ? items : value;
	}
	return isRecord(value) ? redactObject(value, deeper) : value;
}

function redactObject(
	value: Record<string, unknown>,
	place: Place,
): Record<string, unknown> {
	const marked = withMarked(place.marked, value.metadata);
	let changed: Record<string, unknown> | undefined;
	for (const [name, child] of Object.entries(value)) {
		const isHidden =
			place.inParameters && (marked.has(name) || place.isSensitive(name));
		const shown = isHidden
			? REDACTED
			: redact(child, {
					...place,
					marked,
					inParameters: place.inParameters || PARAMETER_FIELDS.has(name),
				});
		if (shown === child) continue;
		changed ??= { ...value };
		changed[name] = shown;
	}
	return changed ?? value;
}

function withMarked(
	marked: ReadonlySet<string>,
	metadata: unknown,
): ReadonlySet<string> {
	const names = markedNames(metadata);
	return names.length === 0 ? marked : new Set([...marked, ...names]);
}

function namesIn(text: string): string[] {
	const list = text.trim().startsWith("[") ? listOf(parse(text)) : [];
	return list.length > 0
		? list
		: text.split(",").flatMap((name) => name.trim() || []);
}

function listOf(value: unknown): string[] {
	return Array.isArray(value)
		? value.filter((it) => typeof it === "string")
		: [];
}

/** A plan in a decision is text, and so are parameters that are objects. */
function redactJson(text: string, place: Place): string {
	const value = parseText(text);
	if (value === undefined) return text;
	const shown = redact(value, { ...place, depth: place.depth + 1 });
	return shown === value ? text : JSON.stringify(shown);
}

/** The object or list that the text is; undefined: it is neither. */
function parseText(text: string): unknown {
	return /^\s*[[{]/.test(text) ? parse(text) : undefined;
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Not an error, bytes, or what says itself how it is shown (dates); what Avro reads has a class of its own. */
function isRecord(value: object): value is Record<string, unknown> {
	return !(
		value instanceof Error ||
		ArrayBuffer.isView(value) ||
		"toJSON" in value
	);
}

function toPattern(patterns: readonly string[]): RegExp {
	const names = patterns.map((pattern) =>
		pattern
			.split("*")
			.map((part) => part.replaceAll(/[^\w]/g, "\\$&"))
			.join(".*"),
	);
	return names.length === 0
		? /(?!)/
		: new RegExp(`^(?:${names.join("|")})$`, "i");
}
