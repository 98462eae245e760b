import { randomBytes } from "node:crypto";
import { type Attacker, jsonRecord } from "./attacker.ts";
import type { RawRecord } from "./record-batch.ts";

/** Too far apart for gzip to find it again, not for zstd. */
const UNIT_BYTES = 65_536;
const RESULT_BYTES = 15_000_000;
/** In BSON above what MongoDB takes. */
const LETTER_BYTES = 17_500_000;

const longText = (bytes: number) =>
	randomBytes((UNIT_BYTES * 3) / 4)
		.toString("base64")
		.repeat(Math.ceil(bytes / UNIT_BYTES));

/** Results that fit on their topic and, as we write, not on the one for retries: an unknown ticket's honest log. */
export async function sendOversizedResults(
	attacker: Attacker,
	name: string,
	count: number,
): Promise<void> {
	for (let index = 0; index < count; index += 1) {
		const ticketId = `${name}-unknown-${index}`;
		const log = longText(RESULT_BYTES);
		const record = jsonRecord(ticketId, resultOf(ticketId, "COMPLETED", [log]));
		await attacker.send(
			"results",
			"result with a log of 15 MB",
			[record],
			"zstd",
		);
	}
}

/** Letters that MongoDB does not take as they are, of ours by their headers and of others. */
export async function sendOversizedLetters(attacker: Attacker): Promise<void> {
	for (const role of [
		"consensusDlq",
		"resultsDlq",
		"approvalResponsesDlq",
	] as const)
		for (const [form, record] of Object.entries(letters())) {
			const what = `dead letter of 17 MB (${form})`;
			await attacker.send(role, what, [record], "zstd");
		}
}

function letters(): Record<string, RawRecord> {
	const text = longText(LETTER_BYTES);
	const value = Buffer.from(text);
	const envelope = { reason: "LATE", message: "said by nobody" };
	const ofForm = (form: string) =>
		[
			["dlq-form", Buffer.from(form)],
			["dlq-envelope", Buffer.from(JSON.stringify(envelope))],
		] as const;
	return {
		foreign: { value },
		raw: { value, headers: ofForm("raw") },
		envelope: {
			value: Buffer.from(
				JSON.stringify({ ...envelope, original_base64: text }),
			),
			headers: ofForm("envelope"),
		},
	};
}

/** A result as a worker writes it. */
export function resultOf(
	ticketId: string,
	status: string,
	logs: readonly string[] = [],
): object {
	return {
		ticket_id: ticketId,
		status,
		result: { success: status === "COMPLETED", output: {}, metadata: {}, logs },
		error_message: null,
		actual_duration_ms: 1,
		agent_id: "hostile-writer",
		timestamp: Date.now(),
		schema_version: 1,
	};
}
