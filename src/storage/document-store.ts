import { type AnyBulkWriteOperation, BSON, type Collection } from "mongodb";
import type { DocumentWrite } from "../domain/documents.ts";
import { PLAN_OUTCOMES } from "../domain/rollout/plan-outcome.ts";
import { toBson } from "./bson-values.ts";
import { CUT_FIELDS, cutLargest } from "./cut-document.ts";
import { isOnlyDuplicates } from "./duplicate-keys.ts";
import { createGroupCommit } from "./group-commit.ts";
import { isOutage, isTooLarge } from "./mongo.ts";
import { ATTEMPTS } from "./plan-queries.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

export interface DocumentStore {
	/**
	 * Resolves when every write is stored, or its document already has a newer revision; of two writes with the
	 * same revision the last one counts. A document that MongoDB can never accept is stored without its largest
	 * fields, which it names in `cut_fields`. Throws STORE_UNAVAILABLE otherwise; some writes may be stored
	 * then. Safe to repeat.
	 */
	write(writes: readonly DocumentWrite[]): Promise<void>;
}

/** Keeps one command far below the server's limits and inside its time-out on a slow disk. */
const CHUNK_COUNT = 500;
const CHUNK_BYTES = 8 * 1_048_576;
const CHUNK_TIMEOUT_MS = 15_000;
/** Between commands to one collection. A plan's writes wait for it twice at most, within the 3 s of a local activity. */
const WRITE_INTERVAL_MS = 50;

/** The one writer of the collections a plan's workflow owns; under load plans share its commands. */
export function createDocumentStore(mongo: Mongo): DocumentStore {
	const writers = new Map<string, ReturnType<typeof createWriter>>();
	const writeTo = async (
		collection: string,
		writes: readonly DocumentWrite[],
	) => {
		const write = writers.get(collection) ?? createWriter(mongo, collection);
		writers.set(collection, write);
		for (let from = 0; from < writes.length; from += CHUNK_COUNT)
			await write(writes.slice(from, from + CHUNK_COUNT));
	};
	return {
		async write(writes) {
			const {
				audit_trail: records = [],
				plan_outcomes: outcomes = [],
				...others
			} = Object.groupBy(writes, ({ collection }) => collection);
			// A plan's document must not name an audit record, nor an end, that is not stored yet.
			await Promise.all([
				writeTo("audit_trail", records),
				writeTo(PLAN_OUTCOMES, outcomes),
			]);
			const done = await Promise.allSettled(
				Object.entries(others).map(([collection, own = []]) =>
					writeTo(collection, own),
				),
			);
			const failed = done.find(({ status }) => status === "rejected");
			if (failed?.status === "rejected") throw failed.reason;
		},
	};
}

function createWriter(mongo: Mongo, collection: string) {
	return createGroupCommit<DocumentWrite>({
		maxItems: CHUNK_COUNT,
		maxBytes: CHUNK_BYTES,
		minIntervalMs: WRITE_INTERVAL_MS,
		bytesOf: ({ fields }) => roughBytes(fields),
		send: (writes) => writeWhatFits(mongo, collection, mergeWrites(writes)),
		isOutage: (error) => error instanceof Error && isOutage(error.cause),
	});
}

/** One write a document: later revisions win, field by field, as if applied one after the other. */
function mergeWrites(writes: readonly DocumentWrite[]): DocumentWrite[] {
	const merged = new Map<string, DocumentWrite>();
	for (const write of writes) {
		const other = merged.get(write._id);
		if (other === undefined) merged.set(write._id, write);
		else {
			const [older, newer] =
				other.revision <= write.revision ? [other, write] : [write, other];
			merged.set(write._id, {
				...newer,
				fields: { ...older.fields, ...newer.fields },
				isNew: older.isNew === true || newer.isNew === true,
			});
		}
	}
	return [...merged.values()];
}

/** Halves a batch that is refused permanently until the bad write is alone, and shortens that one. */
async function writeWhatFits(
	mongo: Mongo,
	collection: string,
	writes: readonly DocumentWrite[],
): Promise<void> {
	try {
		await writeChunk(mongo, collection, writes);
	} catch (error) {
		const [write] = writes;
		if (!isTooLarge(error) || write === undefined) throw error;
		if (writes.length === 1) return await writeCut(mongo, collection, write);
		const middle = Math.ceil(writes.length / 2);
		await writeWhatFits(mongo, collection, writes.slice(0, middle));
		await writeWhatFits(mongo, collection, writes.slice(middle));
	}
}

/** Retrying the same write would keep its plan open for ever. */
async function writeCut(
	mongo: Mongo,
	collection: string,
	write: DocumentWrite,
): Promise<void> {
	const { _id } = write;
	let rest = cutLargest(write);
	for (; rest !== undefined; rest = cutLargest(rest)) {
		try {
			await writeChunk(mongo, collection, [rest]);
			const fields = rest.fields[CUT_FIELDS];
			return mongo.noteCut({ collection, _id, fields });
		} catch (error) {
			if (!isTooLarge(error)) throw error;
		}
	}
	mongo.noteCut({ collection, _id, fields: "all" });
}

async function writeChunk(
	mongo: Mongo,
	collection: string,
	writes: readonly DocumentWrite[],
): Promise<void> {
	await mongo.run(
		{ collection, name: "write", timeoutMs: CHUNK_TIMEOUT_MS },
		async (target) => {
			const refused = await bulkWrite(target, writes, { upsert: true }).catch(
				async (error: unknown) => {
					if (!(error instanceof BSON.BSONError)) throw error;
					// A key MongoDB cannot store must not keep a plan from being documented.
					const storable = writes.map(withStorableKeys);
					return await bulkWrite(target, storable, { upsert: true });
				},
			);
			// The document exists now, so each of these writes is either newer (two first writes crossed) or older and
			// without effect.
			// An outcome is what it was when it was first stored.
			if (refused.length > 0 && collection !== PLAN_OUTCOMES) {
				await bulkWrite(target, refused, { upsert: false });
			}
		},
	);
}

/** Returns the writes whose document exists in another revision; throws on any other failure. */
async function bulkWrite(
	target: Collection<StoredDocument>,
	writes: readonly DocumentWrite[],
	{ upsert }: { upsert: boolean },
): Promise<DocumentWrite[]> {
	const operations = writes.map(
		({
			_id,
			revision,
			fields,
			isNew,
		}): AnyBulkWriteOperation<StoredDocument> => {
			const stored = toBson(fields) as typeof fields;
			const stamp = stampOf(target.collectionName, fields);
			return upsert && isNew
				? { insertOne: { document: { ...stored, ...stamp, _id, revision } } }
				: {
						updateOne: {
							filter: { _id, revision: { $lte: revision } },
							update: {
								$set: { ...stored, revision },
								...(stamp && { $min: stamp }),
							},
							upsert,
						},
					};
		},
	);
	try {
		await target.bulkWrite(operations, { ordered: false });
		return [];
	} catch (error) {
		if (!isOnlyDuplicates(error)) throw error;
		return [error.writeErrors]
			.flat()
			.map(({ index }) => writes[index] as DocumentWrite);
	}
}

/** Ends may be stored long after they came about: whoever reads each of them once goes by when it was first stored. */
function stampOf(
	collection: string,
	{ finished_at }: DocumentWrite["fields"],
): { stored_at: number } | undefined {
	if (collection !== ATTEMPTS || typeof finished_at !== "number")
		return undefined;
	return { stored_at: Date.now() };
}

function withStorableKeys(write: DocumentWrite): DocumentWrite {
	return { ...write, fields: storable(write.fields) as typeof write.fields };
}

/** The same value with every U+0000 in a key written as the six characters `\u0000`. */
function storable(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(storable);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, field]) => [
			key.replaceAll("\u0000", "\\u0000"),
			storable(field),
		]),
	);
}

/** Bytes of a field beside its name and value: type, end of the name, length. */
const FRAME_BYTES = 7;
const NUMBER_BYTES = 8;

/** Approximate size of plain data in MongoDB; a character counts as one byte. */
function roughBytes(value: unknown): number {
	if (typeof value === "string") return value.length;
	if (typeof value !== "object" || value === null) return NUMBER_BYTES;
	let bytes = FRAME_BYTES;
	if (Array.isArray(value)) {
		// Positions in a list are stored as names.
		for (const item of value) bytes += 2 * FRAME_BYTES + roughBytes(item);
		return bytes;
	}
	for (const [name, field] of Object.entries(value))
		bytes += FRAME_BYTES + name.length + roughBytes(field);
	return bytes;
}
