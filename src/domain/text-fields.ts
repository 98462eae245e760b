import { cutText } from "./cut-text.ts";
import { isExactNumber } from "./exact-number.ts";
import { toJson } from "./json-text.ts";

export interface MappedFields<T> {
	fields: Record<string, T>;
	/** Notes about changed fields, for people. */
	notes: string[];
}

/** Fields for a wire that has text only: text stays, everything else becomes its JSON, and a note says which. */
export function withText(
	fields: Record<string, unknown>,
	name: string,
): MappedFields<string> {
	const texts: Record<string, string> = {};
	const notes: string[] = [];
	for (const [key, value] of Object.entries(fields)) {
		if (key === "__proto__") {
			// It does not survive assignment to an object, so readers of the wire would lose it unseen.
			notes.push(`${name}.__proto__: left out`);
			continue;
		}
		texts[key] = typeof value === "string" ? value : (toJson(value) ?? "");
		if (typeof value !== "string") notes.push(noteOf(name, key, value));
	}
	return { fields: texts, notes };
}

/** Adds notes to those that a ticket's metadata has. */
export function addNotes(
	metadata: Record<string, string>,
	notes: readonly string[],
): Record<string, string> {
	if (notes.length === 0) return metadata;
	const before = metadata.mapped === undefined ? [] : [metadata.mapped];
	return { ...metadata, mapped: joinNotes([...before, ...notes]) };
}

/** A ticket's notes as one text, cut to a bounded length. */
export function joinNotes(notes: readonly string[]): string {
	return cutText(notes.join("; "), MAX_NOTES_BYTES);
}

/** Whether the notes in this metadata would be cut. */
export function hasLongNotes({ mapped = "" }: Record<string, string>): boolean {
	return joinNotes([mapped]) !== mapped;
}

/** Every attempt of the ticket carries them; names of fields may be of any length. */
const MAX_NOTES_BYTES = 2_000;

/** Bytes that the notes on these parameters would take in the metadata of their ticket, ones beyond ASCII as three. */
export function noteBytes(
	parameters: Record<string, unknown>,
	hasOthers: boolean,
): number {
	const { notes } = withText(parameters, "parameters");
	if (notes.length === 0) return 0;
	const text = notes.join("; ");
	const wide = text.match(/[\u0080-\uffff]/g)?.length ?? 0;
	return text.length + 2 * wide + (hasOthers ? 2 : "mapped".length);
}

function noteOf(name: string, key: string, value: unknown): string {
	return `${name}.${key}: ${kindOf(value)} -> string`;
}

function kindOf(value: unknown): string {
	if (value === null) return "null";
	if (isExactNumber(value)) return "number";
	return Array.isArray(value) ? "array" : typeof value;
}
