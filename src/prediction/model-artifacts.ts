import { createHash } from "node:crypto";
import { Binary } from "mongodb";
import { OrchestratorError } from "../errors.ts";
import { readGzip, writeGzip } from "../gzip.ts";
import type { Mongo } from "../storage/storage-context.ts";
import type { ModelVersion } from "./ports.ts";

const MODEL_CHUNKS = "model_chunks";
/** MongoDB takes documents of 16 MB. */
const CHUNK_BYTES = 4 * 1_048_576;
/** A model that is larger once unpacked is damaged, or none. */
const MAX_BYTES = 256 * 1_048_576;
const TIMEOUT_MS = 15_000;

/** Bytes of models under their SHA-256, in chunks. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface ModelArtifacts {
	/** Safe to repeat. */
	write(bytes: Uint8Array): Promise<ModelVersion["artifact"]>;
	/** Throws MODEL_UNREADABLE when bytes are missing or are not those that were written. */
	read(artifact: ModelVersion["artifact"]): Promise<Buffer>;
	/** Of all that none of these versions has. */
	removeOthers(kept: readonly ModelVersion[]): Promise<void>;
}

export function createModelArtifacts(mongo: Mongo): ModelArtifacts {
	const run = <T>(
		name: string,
		work: Parameters<typeof mongo.run<T>>[1],
	): Promise<T> =>
		mongo.run({ collection: MODEL_CHUNKS, name, timeoutMs: TIMEOUT_MS }, work);
	return {
		async write(bytes) {
			const sha256 = hashOf(bytes);
			const packed = await writeGzip(bytes);
			for (let at = 0, n = 0; at < packed.length; at += CHUNK_BYTES, n += 1) {
				const data = new Binary(packed.subarray(at, at + CHUNK_BYTES));
				await run("write", (target) =>
					target.replaceOne(
						{ _id: `${sha256}/${n}` },
						{ sha256, n, data, written_at: Date.now() },
						{ upsert: true },
					),
				);
			}
			return { sha256, bytes: bytes.length };
		},

		async read(artifact) {
			// What is stored may be damaged.
			const sha256 = (artifact as typeof artifact | undefined)?.sha256;
			if (typeof sha256 !== "string") throw damaged("unknown");
			const chunks = await run("read", (target) =>
				target.find({ sha256 }, { sort: { n: 1 } }).toArray(),
			);
			const parts = chunks.map(({ data }) => {
				if (data instanceof Binary) return data.buffer;
				throw damaged(sha256);
			});
			const packed = Buffer.concat(parts);
			const bytes = await readGzip(packed, MAX_BYTES).catch(
				(cause: unknown) => {
					throw damaged(sha256, cause);
				},
			);
			if (bytes === undefined || hashOf(bytes) !== sha256)
				throw damaged(sha256);
			return bytes;
		},

		async removeOthers(kept) {
			const hashes = kept.map(({ artifact }) => artifact.sha256);
			// A younger one may belong to a version that is about to be written.
			const written_at = { $lt: Date.now() - 3_600_000 };
			await run("remove", (target) =>
				target.deleteMany({ sha256: { $nin: hashes }, written_at }),
			);
		},
	};
}

function hashOf(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}

function damaged(sha256: string, cause?: unknown): OrchestratorError {
	return new OrchestratorError(
		"MODEL_UNREADABLE",
		`the stored bytes of the model are missing or damaged (SHA-256 ${sha256})`,
		{ cause },
	);
}
