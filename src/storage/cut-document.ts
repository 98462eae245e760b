import { BSON } from "mongodb";
import type { DocumentWrite } from "../domain/documents.ts";
import { toBson } from "./bson-values.ts";

/** Names, in the document itself, the fields that are not as they were. */
export const CUT_FIELDS = "cut_fields";

/**
 * The write with its largest field emptied, as one of its kind, and named in `cut_fields`; undefined when
 * nothing is left that could be.
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

/** What cannot even be measured is worse than any size. */
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
