import type { Collection, Db, Document } from "mongodb";
import { setAsideReasons } from "../domain/dead-letter.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";
import { DEAD_LETTERS as collection } from "./stored-letter.ts";

export interface SetAsideCount {
	reason: string;
	count: number;
}

/** Open letters for records that consumers set aside. Throws STORE_UNAVAILABLE. */
export async function countSetAside(mongo: Mongo): Promise<SetAsideCount[]> {
	return await mongo.run({ collection, name: "count_set_aside" }, readCounts);
}

/** The same counts, from an open database. */
export async function countSetAsideIn(database: Db): Promise<SetAsideCount[]> {
	return await readCounts(database.collection(collection));
}

async function readCounts<T extends Document = StoredDocument>(
	letters: Collection<T>,
): Promise<SetAsideCount[]> {
	const found = await letters
		.aggregate<{ _id: string; count: number }>([
			{ $match: { state: "open", reason: { $in: [...setAsideReasons] } } },
			{ $group: { _id: "$reason", count: { $sum: 1 } } },
		])
		.toArray();
	return found.map(({ _id: reason, count }) => ({ reason, count }));
}
