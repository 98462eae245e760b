import { BSON } from "mongodb";
import type { DocumentWrite } from "../domain/documents.ts";
import { toBson } from "./bson-values.ts";

/** The field that names the document's shortened fields. */
export const CUT_FIELDS = "cut_fields";

/**
 * The write with its largest field emptied and named in `cut_fields`; undefined when no field is left to
 * empty.
 */
export function cutLargest(write: DocumentWrite): DocumentWrite | undefined {
	const { [CUT_FIELDS]: before = [], ...fields } = write.fields;
	const [largest] = Object.entries(fields)
		.flatMap(([name, value]) =>
			isFilled(value) ? [{ name, value, bytes: bytesOf(value) }] : [],
		)
		.sort((one, other) => other.bytes - one.bytes);
	if (largest === undefined) return undefined;
	const { name, value } = largest;
	const cut = [...(before as string[]), name];
	return {
		...write,
		fields: { ...write.fields, [name]: emptied(value), [CUT_FIELDS]: cut },
	};
}

/** A value that cannot be measured counts as the largest. */
function bytesOf(value: unknown): number {
	try {
		return BSON.calculateObjectSize({ value: toBson(value) });
	} catch {
		return Number.POSITIVE_INFINITY;
	}
}

function isFilled(value: unknown): value is string | object {
	if (typeof value === "string") return value !== "";
	if (typeof value !== "object" || value === null) return false;
	return Object.keys(value).length > 0;
}

function emptied(value: string | object): string | object {
	if (typeof value === "string") return "";
	return Array.isArray(value) ? [] : {};
}
