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
	/** What is to go back instead of the original. */
	corrected: Buffer | null;
}

/**
 * `claimed`: it is this re-drive's to send, now or from before a crash. `settled`: this re-drive has
 * sent it already.
 */
export type Claim =
	| { kind: "claimed"; letter: DeadLetter & DeadLetterBytes }
	| { kind: "settled" }
	| { kind: "refused" }
	| { kind: "missing" };

/**
 * What is done with letters. Each step is one compare-and-set, so of two who want the same letter one
 * gets it; each is safe to repeat. Every call throws STORE_UNAVAILABLE, and its effect is then unknown.
 */
export interface DeadLetterSteps {
	/** open -> redriving; also takes over what another re-drive has left lying for ten minutes. */
	claim(id: string, request: ClaimRequest): Promise<Claim>;
	/** redriving -> redriven, if it still is this re-drive's. */
	settle(id: string, by: DeadLetterRecord): Promise<void>;
	/** redriving -> open: it could not be sent. */
	release(id: string, by: DeadLetterRecord): Promise<void>;
	/** open -> discarded; false when its state forbids it. */
	discard(id: string, by: DeadLetterRecord): Promise<boolean>;
}

/**
 * Letters that somebody has dealt with go after 90 days, three times as long as their topics keep
 * them; those that are open stay until somebody does.
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

/** Answers whether it moved: not when its state had changed meanwhile. */
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

/** Says the same as `allowedVerbs`; what is one's own already need not be taken. */
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
