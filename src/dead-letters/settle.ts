import { Binary, type UpdateFilter } from "mongodb";
import {
	type DeadLetter,
	type DeadLetterBytes,
	type DeadLetterRecord,
	type DeadLetterRedrive,
	type DeadLetterState,
	REDRIVE_TAKEOVER_MS,
} from "../domain/dead-letter.ts";
import { toBson } from "../storage/bson-values.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";
import { DEAD_LETTERS as collection, toLetter } from "./stored-letter.ts";

export interface ClaimRequest {
	redrive_id: string;
	actor: string;
	reason: string;
	nowMs: number;
	/** The body to send instead of the original. */
	corrected: Buffer | null;
}

/**
 * `claimed`: this re-drive may send the letter, or has claimed it before a crash. `settled`: this re-drive
 * has sent it already.
 */
export type Claim =
	| { kind: "claimed"; letter: DeadLetter & DeadLetterBytes }
	| { kind: "settled" }
	| { kind: "refused" }
	| { kind: "missing" };

/**
 * The state changes of letters. Each step is one compare-and-set, so only one of two callers gets a letter;
 * each is safe to repeat. Every call throws STORE_UNAVAILABLE, and its effect is then unknown.
 */
export interface DeadLetterSteps {
	/** open -> redriving; also takes over a letter that another re-drive has held for ten minutes. */
	claim(id: string, request: ClaimRequest): Promise<Claim>;
	/** redriving -> redriven, if it still is this re-drive's. */
	settle(id: string, by: DeadLetterRecord): Promise<void>;
	/** redriving -> open: it could not be sent. */
	release(id: string, by: DeadLetterRecord): Promise<void>;
	/** open -> discarded; false when its state forbids it. */
	discard(id: string, by: DeadLetterRecord): Promise<boolean>;
}

/**
 * Settled letters are deleted after 90 days, three times the retention of their topics; open letters stay.
 */
const KEPT_MS = 90 * 86_400_000;

export function createDeadLetterSteps(mongo: Mongo): DeadLetterSteps {
	return {
		claim: (id, request) => claim(mongo, id, request),

		async settle(id, by) {
			await move(mongo, ownedBy(id, by), "redriven", by);
		},

		async release(id, by) {
			await move(mongo, ownedBy(id, by), "open", by);
		},

		discard: (id, by) =>
			move(mongo, mayBeTaken(id, by.at, null), "discarded", by),
	};
}

async function claim(
	mongo: Mongo,
	id: string,
	{ redrive_id, actor, reason, nowMs, corrected }: ClaimRequest,
): Promise<Claim> {
	const redrive: DeadLetterRedrive = {
		redrive_id,
		actor,
		reason,
		at: nowMs,
		is_corrected: corrected !== null,
	};
	const record: DeadLetterRecord = {
		action: "redrive-requested",
		actor,
		reason,
		at: nowMs,
		redrive_id,
	};
	const bytes = corrected === null ? null : new Binary(corrected);
	const update: UpdateFilter<StoredDocument> = {
		$set: toBson({
			state: "redriving",
			redrive,
			corrected: bytes,
			updated_at: nowMs,
		}) as object,
		$push: { history: toBson(record) } as never,
	};
	return await mongo.run({ collection, name: "claim" }, async (target) => {
		const taken = await target.findOneAndUpdate(
			mayBeTaken(id, nowMs, redrive_id),
			update,
			{
				returnDocument: "after",
			},
		);
		if (taken !== null) return { kind: "claimed", letter: toLetter(taken) };
		const found = await target.findOne({ _id: id });
		if (found === null) return { kind: "missing" };
		const letter = toLetter(found);
		if (letter.redrive?.redrive_id !== redrive_id) return { kind: "refused" };
		if (letter.state === "redriving") return { kind: "claimed", letter };
		return { kind: letter.state === "redriven" ? "settled" : "refused" };
	});
}

/** Returns whether the letter changed: not when its state had changed in the meantime. */
async function move(
	mongo: Mongo,
	filter: object,
	state: DeadLetterState,
	by: DeadLetterRecord,
): Promise<boolean> {
	const isFinal = state !== "open";
	return await mongo.run(
		{ collection, name: by.action.replaceAll("-", "_") },
		async (target) => {
			const { matchedCount } = await target.updateOne(filter, {
				$set: {
					state,
					updated_at: toBson(by.at),
					...(isFinal && { expires_at: new Date(by.at + KEPT_MS) }),
				},
				$push: { history: toBson(by) } as never,
			});
			return matchedCount > 0;
		},
	);
}

function ownedBy(id: string, { redrive_id }: DeadLetterRecord): object {
	return { _id: id, state: "redriving", "redrive.redrive_id": redrive_id };
}

/**
 * The same rule as `allowedVerbs`, as a filter; a letter that this re-drive already holds need not be
 * claimed.
 */
function mayBeTaken(
	id: string,
	nowMs: number,
	redriveId: string | null,
): object {
	const stuckSinceMs = nowMs - REDRIVE_TAKEOVER_MS;
	return {
		_id: id,
		$or: [
			{ state: "open" },
			{
				state: "redriving",
				"redrive.at": { $lt: stuckSinceMs },
				"redrive.redrive_id": { $ne: redriveId },
			},
		],
	};
}
