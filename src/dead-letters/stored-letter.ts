import { Binary } from "mongodb";
import type {
	DeadLetter,
	DeadLetterBytes,
	DeadLetterSummary,
} from "../domain/dead-letter.ts";
import { toBson } from "../storage/bson-values.ts";
import type { StoredDocument } from "../storage/storage-context.ts";

export const DEAD_LETTERS = "dead_letters";

/** Fields that only the read of a single letter returns; some are large. */
export const SUMMARY = {
	original: 0,
	corrected: 0,
	key_base64: 0,
	headers: 0,
	problems: 0,
	history: 0,
} as const;

/** The document of a new letter. */
export function toDocument({
	id,
	original,
	...letter
}: DeadLetter & Pick<DeadLetterBytes, "original">): StoredDocument {
	return {
		_id: id,
		...(toBson(letter) as typeof letter),
		original,
		corrected: null,
	};
}

/** A letter in a list. */
export function toSummary(document: StoredDocument): DeadLetterSummary {
	const { _id: id, expires_at, ...letter } = document;
	return { id, ...letter } as unknown as DeadLetterSummary;
}

/** A letter with everything. */
export function toLetter(
	document: StoredDocument,
): DeadLetter & DeadLetterBytes {
	const { original, corrected, ...letter } = document;
	return {
		...(toSummary(letter) as DeadLetter),
		original: toBuffer(original),
		corrected: toBuffer(corrected),
	};
}

function toBuffer(value: unknown): Buffer | null {
	return value instanceof Binary
		? Buffer.from(value.buffer.subarray(0, value.position))
		: null;
}
