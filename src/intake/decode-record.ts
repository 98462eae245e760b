import { isRetryable, OrchestratorError } from "../errors.ts";
import type { DecodeRecord, KafkaRecord } from "../plans/records.ts";

export type DecodedRecord =
	| { kind: "value"; value: unknown }
	/** Can never be read: a dead letter. */
	| { kind: "undecodable"; message: string }
	/** Cannot be read now; the record must be delivered again. */
	| { kind: "failed"; error: unknown };

/** The record's value, or why there is none. Never throws. */
export async function decodeRecord(
	decode: DecodeRecord,
	{ value }: KafkaRecord,
): Promise<DecodedRecord> {
	if (value === null || value.length === 0) {
		return { kind: "undecodable", message: "the record has no value" };
	}
	try {
		return { kind: "value", value: await decode(value) };
	} catch (error) {
		if (isRetryable(error)) return { kind: "failed", error };
		const message = error instanceof Error ? error.message : String(error);
		return { kind: "undecodable", message };
	}
}

/** The code in a dead letter: the error's own, or INTERNAL_ERROR for a bug of this service. */
export function codeOf(error: unknown): string {
	return error instanceof OrchestratorError ? error.code : "INTERNAL_ERROR";
}
