import { OrchestratorError } from "../../errors.ts";

type Kinds = Readonly<Record<string, "number" | "string">>;
type Place<K extends Kinds> = {
	readonly [Name in keyof K]: K[Name] extends "number" ? number : string;
};

/** Places in a list as clients carry them: opaque to them, and good for the list that gave them only. */
export interface Cursor<P> {
	encode(place: P): string;
	/** Throws REQUEST_INVALID when the text is no cursor of this list. */
	decode(cursor: string): P;
}

/** The cursor of a list, which errors call by its name (`a timeline`), made of these fields of a place. */
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

/** That the query's cursor cannot be used, and why. */
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
		// What cannot be read is none of ours.
		return [];
	}
}

function isKind(kind: "number" | "string", value: unknown): boolean {
	return kind === "number"
		? typeof value === "number" && Number.isFinite(value)
		: typeof value === "string";
}
