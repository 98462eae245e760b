import type { Collection, Filter } from "mongodb";
import type {
	DeadLetter,
	DeadLetterBytes,
	DeadLetterFilter,
	DeadLetterPlace,
	DeadLetterState,
	DeadLetterSummary,
} from "../domain/dead-letter.ts";
import { isOnlyDuplicates } from "../storage/duplicate-keys.ts";
import { isRefusal } from "../storage/mongo.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";
import {
	DEAD_LETTERS as collection,
	SUMMARY,
	toDocument,
	toLetter,
	toSummary,
} from "./stored-letter.ts";

export interface DeadLetterQuery {
	filter: DeadLetterFilter & { state?: DeadLetterState };
	after?: DeadLetterPlace | undefined;
	limit: number;
}

/** The stored dead letters. Every call throws STORE_UNAVAILABLE when it cannot be answered. */
export interface DeadLetters {
	/** Resolves when each letter is stored; a letter that is stored already stays as it is. Safe to repeat. */
	add(
		letters: readonly (DeadLetter & Pick<DeadLetterBytes, "original">)[],
	): Promise<void>;
	/** Newest first. */
	list(query: DeadLetterQuery): Promise<DeadLetterSummary[]>;
	read(id: string): Promise<(DeadLetter & DeadLetterBytes) | undefined>;
	/** Ids of letters that are open and were dead before a time, oldest first. */
	findOpen(query: {
		filter: DeadLetterFilter;
		after: DeadLetterPlace | null;
		untilMs: number;
		limit: number;
	}): Promise<DeadLetterPlace[]>;
	countOpen(): Promise<{ topic: string; reason: string; count: number }[]>;
}

/** Keeps one command well below MongoDB's limit, whatever the letters' size. */
const CHUNK_COUNT = 20;
const CHUNK_BYTES = 8 * 1_048_576;

export function createDeadLetterStore(mongo: Mongo): DeadLetters {
	return {
		async add(letters) {
			const kept: DeadLetter[] = [];
			for (const some of inChunks(letters))
				kept.push(...(await insert(mongo, some)));
			await linkReturned(mongo, kept);
		},

		async list({ filter, after, limit }) {
			const found = await mongo.run(
				{ collection, name: "list" },
				async (target) =>
					await target
						.find(listFilter(filter, after), {
							projection: SUMMARY,
							sort: { dead_at: -1, _id: -1 },
							limit,
						})
						.toArray(),
			);
			return found.map(toSummary);
		},

		async read(id) {
			const found = await mongo.run(
				{ collection, name: "read" },
				async (target) => await target.findOne({ _id: id }),
			);
			return found === null ? undefined : toLetter(found);
		},

		async findOpen({ filter, after, untilMs, limit }) {
			const found = await mongo.run(
				{ collection, name: "find_open" },
				async (target) =>
					await target
						.find(openFilter(filter, after, untilMs), {
							projection: { dead_at: 1 },
							sort: { dead_at: 1, _id: 1 },
							limit,
						})
						.toArray(),
			);
			return found.map(({ _id, dead_at }) => ({
				id: _id,
				dead_at: Number(dead_at),
			}));
		},

		async countOpen() {
			const found = await mongo.run(
				{ collection, name: "count_open" },
				async (target) =>
					await target
						.aggregate<{
							_id: { topic: string; reason: string };
							count: number;
						}>([
							{ $match: { state: "open" } },
							{
								$group: {
									_id: { topic: "$topic", reason: "$reason" },
									count: { $sum: 1 },
								},
							},
						])
						.toArray(),
			);
			return found.map(({ _id, count }) => ({ ..._id, count }));
		},
	};
}

type NewLetter = DeadLetter & Pick<DeadLetterBytes, "original">;

function inChunks(letters: readonly NewLetter[]): NewLetter[][] {
	const chunks: NewLetter[][] = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const letter of letters) {
		const size =
			(letter.original?.length ?? 0) + (letter.key_base64?.length ?? 0);
		const chunk = chunks.at(-1);
		if (chunk === undefined || chunk.length >= CHUNK_COUNT) bytes = Infinity;
		if (bytes + size > CHUNK_BYTES) {
			chunks.push([]);
			bytes = 0;
		}
		chunks.at(-1)?.push(letter);
		bytes += size;
	}
	return chunks;
}

/** Returns the letters under the ids by which they are stored. */
async function insert(
	mongo: Mongo,
	letters: readonly NewLetter[],
): Promise<readonly DeadLetter[]> {
	return await mongo.run({ collection, name: "add" }, async (target) => {
		const insertNew = (some: readonly NewLetter[]) => insertAll(target, some);
		if (await insertNew(letters)) return letters;
		const ids = letters.map(({ id }) => id);
		const found = await target
			.find({ _id: { $in: ids } }, { projection: { dead_at: 1 } })
			.toArray();
		const timeOf = new Map(found.map(({ _id, dead_at }) => [_id, dead_at]));
		// A topic that was created again counts from 0: this is another letter, not the same one.
		const isOther = ({ id, dead_at }: DeadLetter) => timeOf.get(id) !== dead_at;
		const kept = letters.map((letter) =>
			isOther(letter)
				? { ...letter, id: `${letter.id}:${letter.dead_at}` }
				: letter,
		);
		const others = kept.filter((_, index) =>
			isOther(letters[index] as DeadLetter),
		);
		if (others.length > 0) await insertNew(others);
		return kept;
	});
}

/**
 * False when some were stored already. Letters that MongoDB can never accept are written one by one, without
 * their bytes if necessary: no letter blocks another.
 */
async function insertAll(
	target: Collection<StoredDocument>,
	letters: readonly NewLetter[],
): Promise<boolean> {
	try {
		await target.insertMany(letters.map(toDocument), { ordered: false });
		return true;
	} catch (error) {
		// Read again, after a crash or by a new group: their stored state stays.
		if (isOnlyDuplicates(error)) return false;
		if (!isRefusal(error)) throw error;
		const [letter] = letters;
		if (letters.length > 1 || letter === undefined) {
			let isNew = true;
			for (const one of letters)
				isNew = (await insertAll(target, [one])) && isNew;
			return isNew;
		}
		if (isBare(letter)) throw error;
		return await insertAll(target, [withoutBytes(letter)]);
	}
}

function isBare({ original, headers, problems }: NewLetter): boolean {
	return original === null && headers.length === 0 && problems.length === 0;
}

function withoutBytes(letter: NewLetter): NewLetter {
	const { key_base64: _, headers, ...rest } = letter;
	const dropped = headers.length + (letter.headers_dropped ?? 0);
	return {
		...rest,
		original: null,
		headers: [],
		...(dropped > 0 && { headers_dropped: dropped }),
		problems: [],
	};
}

/** For a message that was re-driven and failed again: its first letter gets the id of the new one. */
async function linkReturned(
	mongo: Mongo,
	letters: readonly DeadLetter[],
): Promise<void> {
	const returned = letters.filter(
		({ redriven_from }) => redriven_from !== null,
	);
	if (returned.length === 0) return;
	await mongo.run({ collection, name: "link_returned" }, async (target) => {
		await target.bulkWrite(
			returned.map(({ id, redriven_from }) => ({
				updateOne: {
					filter: { _id: redriven_from as string },
					update: { $set: { returned_as: id } },
				},
			})),
			{ ordered: false },
		);
	});
}

function listFilter(
	filter: DeadLetterQuery["filter"],
	after: DeadLetterPlace | undefined,
): Filter<StoredDocument> {
	if (after === undefined) {
		return { ...filter, dead_at: { $lte: Number.MAX_SAFE_INTEGER } };
	}
	return {
		...filter,
		// MongoDB can use an index for the first condition only.
		dead_at: { $lte: after.dead_at },
		$or: [{ dead_at: { $lt: after.dead_at } }, { _id: { $lt: after.id } }],
	};
}

function openFilter(
	filter: DeadLetterFilter,
	after: DeadLetterPlace | null,
	untilMs: number,
): Filter<StoredDocument> {
	return {
		state: "open",
		...filter,
		dead_at: {
			$lte: untilMs,
			...(after !== null && { $gte: after.dead_at }),
		},
		...(after !== null && {
			$or: [{ dead_at: { $gt: after.dead_at } }, { _id: { $gt: after.id } }],
		}),
	};
}
