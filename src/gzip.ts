import { promisify } from "node:util";
import { gzip, gzipSync, unzip, unzipSync, type ZlibOptions } from "node:zlib";

const zip = promisify<Uint8Array, ZlibOptions, Buffer>(gzip);
const unzipAll = promisify<Buffer, ZlibOptions, Buffer>(unzip);

/** So few bytes take this thread 0.04 ms, and a round trip to another one 0.15 (process CPU, 8 kB of tickets). */
const SMALL_BYTES = 65_536;
/** The largest number of bytes that deflate makes from one. */
const MAX_DEFLATE_RATIO = 1_032;
/**
 * Every chunk of output is one round trip to a thread, during which others of this process wait for their turn.
 * Of whatever is claimed about the length, a chunk is at least so many times as large as the input.
 */
const MIN_GZIP_RATIO = 16;
/** With an exact size zlib would need another buffer to see the end. */
const SPARE_BYTES = 64;
const MAX_CHUNK_BYTES = 16 * 1_048_576;

/** Compresses: a few kB at once, more on another thread. */
export async function writeGzip(
	bytes: Uint8Array,
	options: Pick<ZlibOptions, "level"> = {},
): Promise<Buffer> {
	return bytes.length <= SMALL_BYTES
		? gzipSync(bytes, options)
		: await zip(bytes, options);
}

/**
 * Gzip or zlib, of one member or many; read into one buffer of the right size instead of many of 16 kB. undefined when
 * the result is larger than `maxBytes`. Throws when the bytes are neither.
 */
export async function readGzip(
	bytes: Buffer,
	maxBytes: number,
): Promise<Buffer | undefined> {
	const chunkSize = gzipChunkBytes(bytes, maxBytes);
	if (chunkSize <= SMALL_BYTES) {
		const maxOutputLength = Math.min(maxBytes, SMALL_BYTES);
		const small = await withinLimit(() =>
			unzipSync(bytes, { chunkSize, maxOutputLength }),
		);
		// What is longer than it says is for another thread.
		if (small !== undefined) return small;
	}
	const options = { chunkSize, maxOutputLength: maxBytes };
	return await withinLimit(() => unzipAll(bytes, options));
}

/** What zlib reads with a limit; undefined when it is more. */
export async function withinLimit(
	read: () => Buffer | Promise<Buffer>,
): Promise<Buffer | undefined> {
	try {
		return await read();
	} catch (error) {
		const { code } = error as { code?: unknown };
		if (code === "ERR_BUFFER_TOO_LARGE") return undefined;
		throw error;
	}
}

/** Size of a chunk of output. Gzip ends with its length, modulo 2^32; where that is wrong, zlib needs more chunks. */
export function gzipChunkBytes(bytes: Buffer, maxBytes: number): number {
	const told = bytes.length < 4 ? 0 : bytes.readUInt32LE(bytes.length - 4);
	const possible = Math.min(told, bytes.length * MAX_DEFLATE_RATIO);
	return atMost(maxBytes, Math.max(possible, bytes.length * MIN_GZIP_RATIO));
}

/** A chunk of so many bytes, or what the limit and the largest chunk allow. */
export function atMost(maxBytes: number, chunkBytes: number): number {
	return Math.min(chunkBytes, maxBytes, MAX_CHUNK_BYTES) + SPARE_BYTES;
}
