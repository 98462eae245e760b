import { randomUUID } from "node:crypto";
import type { StoredDeadLetters } from "../../src/dead-letters/ports.ts";
import type { NewDeadLetter } from "../../src/dead-letters/read-letter.ts";
import type { ClaimRequest } from "../../src/dead-letters/settle.ts";
import type {
	DeadLetter,
	DeadLetterBytes,
	DeadLetterRecord,
	RedriveRequest,
} from "../../src/domain/dead-letter.ts";

/** An open letter with what a test names. */
export function deadLetter(fields: Partial<NewDeadLetter> = {}): NewDeadLetter {
	const topic = fields.topic ?? "plans.consensus.dlq";
	const offset = fields.offset ?? "0";
	return {
		id: `${topic}:0:${offset}`,
		topic,
		partition: 0,
		offset,
		dead_at: 1,
		form: "envelope",
		reason: "MESSAGE_INVALID",
		message: "$.plan_id is missing",
		path: "$.plan_id",
		problems: [],
		problem_count: 0,
		hint: "send one",
		source: { topic: "plans.consensus", partition: 0, offset: "7" },
		key: "k",
		headers: [{ name: "a.b", value: "$c" }],
		plan_id: null,
		ticket_id: null,
		original_bytes: 2,
		redriven_from: null,
		redrive_attempt: 0,
		returned_as: null,
		state: "open",
		redrive: null,
		history: [],
		updated_at: 1,
		original: Buffer.from("{}"),
		...fields,
	};
}

/** Who asks and why, for a claim of one re-drive. */
export function claimBy(
	redrive_id: string,
	fields: Partial<ClaimRequest> = {},
): ClaimRequest {
	return {
		redrive_id,
		actor: "ada",
		reason: "mended",
		nowMs: 10_000_000,
		corrected: null,
		...fields,
	};
}

export function recordBy(
	action: DeadLetterRecord["action"],
	redrive_id: string | null,
): DeadLetterRecord {
	return { action, actor: "ada", reason: "mended", at: 10_000_001, redrive_id };
}

/** A re-drive of these letters. */
export function redriveOf(
	ids: string[],
	fields: Partial<RedriveRequest> = {},
): RedriveRequest {
	return {
		redrive_id: randomUUID(),
		actor: "ada",
		reason: "mended",
		requested_at: Date.now(),
		rate_per_second: 100,
		selection: { kind: "ids", ids },
		corrected: null,
		...fields,
	};
}

/** A letter as it is read one by one. */
export function letterWithBytes(
	fields: Partial<DeadLetter & DeadLetterBytes> = {},
): DeadLetter & DeadLetterBytes {
	return { ...deadLetter(fields), corrected: null, ...fields };
}

/** A store that only these can be read from, by id. */
export function storeOf(
	letters: Record<string, DeadLetter & DeadLetterBytes>,
): StoredDeadLetters {
	return {
		list: async () => [],
		discard: async () => false,
		read: async (id) => letters[id],
	};
}
