import { OrchestratorError } from "../../errors.ts";

type Kinds = Readonly<Record<string, "number" | "string">>;
type Place<K extends Kinds> = {
	readonly [Name in keyof K]: K[Name] extends "number" ? number : string;
};

/** Encodes positions in a list for clients: opaque, and valid only for the list that returned them. */
export interface Cursor<P> {
	encode(place: P): string;
	/** Throws REQUEST_INVALID when the text is no cursor of this list. */
	decode(cursor: string): P;
}

/** Makes the cursor of a list from these fields of a position; errors use the list's name (`a timeline`). */
export function createCursor<const K extends Kinds>(
	list: string,
	kinds: K,
): Cursor<Place<K>> {
	const fields = Object.entries(kinds);
	return {
		encode: (place) =>
			Buffer.from(JSON.stringify(fields.map(([name]) => place[name]))).toString(
				"base64url",
			),
		decode(cursor) {
			const values = parse(cursor);
			const isOurs =
				values.length === fields.length &&
				fields.every(([, kind], at) => isKind(kind, values[at]));
			if (!isOurs) throw cursorRefusal(`is not one that ${list} gave`);
			return Object.fromEntries(
				fields.map(([name], at) => [name, values[at]]),
			) as Place<K>;
		},
	};
}

/** The error for a cursor that cannot be used. */
export function cursorRefusal(why: string): OrchestratorError {
	return new OrchestratorError(
		"REQUEST_INVALID",
		`$.querystring.cursor ${why}`,
	);
}

function parse(cursor: string): unknown[] {
	try {
		const value = JSON.parse(Buffer.from(cursor, "base64url").toString());
		return Array.isArray(value) ? value : [];
	} catch {
		// A text that cannot be parsed is no cursor of this service.
		return [];
	}
}

function isKind(kind: "number" | "string", value: unknown): boolean {
	return kind === "number"
		? typeof value === "number" && Number.isFinite(value)
		: typeof value === "string";
}
