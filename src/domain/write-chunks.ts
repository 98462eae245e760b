import type { DocumentWrite } from "./documents.ts";
import { cutForPayload, exceedPayload } from "./payload-limits.ts";

/** Writes in one activity. */
const CHUNK_WRITES = 1_000;
const ROUGH_CHUNK_BYTES = 1_000_000;
/** The size of a document without its free text. */
const FRAME_BYTES = 1_200;

/**
 * Cuts writes into parts that each travel in one payload, in order. `rough` is the cut of runs that an
 * earlier build began: by a guess that leaves lists out; parameters were text then, and `formerBytes` larger.
 * `exact` differs where a part of it is too large.
 */
export function chunkWrites(writes: readonly DocumentWrite[]): {
	rough: DocumentWrite[][];
	exact: DocumentWrite[][];
} {
	const rough = roughChunks(writes);
	const isCut = (chunk: DocumentWrite[]) =>
		chunk.length > 1 && exceedPayload(chunk);
	const exact = rough.some(isCut)
		? rough.flatMap((chunk) => cutForPayload(chunk))
		: rough;
	return { rough, exact };
}

function roughChunks(writes: readonly DocumentWrite[]): DocumentWrite[][] {
	const chunks: DocumentWrite[][] = [];
	let current: DocumentWrite[] = [];
	let bytes = 0;
	for (const write of writes) {
		const size =
			FRAME_BYTES +
			(write.formerBytes ?? 0) +
			textBytes(write.fields.output) +
			textBytes(write.fields.parameters) +
			textBytes(write.fields.metadata);
		if (
			current.length > 0 &&
			(current.length >= CHUNK_WRITES || bytes + size > ROUGH_CHUNK_BYTES)
		) {
			chunks.push(current);
			current = [];
			bytes = 0;
		}
		current.push(write);
		bytes += size;
	}
	if (current.length > 0) chunks.push(current);
	return chunks;
}

/** The largest part of the carried state that unwritten documents may take. */
const MAX_TRAVELLING_BYTES = 512_000;

/** Whether the unwritten documents are small enough to be passed to the next run. */
export function mayTravel(writes: readonly object[]): boolean {
	let bytes = 0;
	for (const write of writes) {
		bytes += byteLength(JSON.stringify(write));
		if (bytes > MAX_TRAVELLING_BYTES) return false;
	}
	return true;
}

/** Bytes of a map's keys and values as text, generously: three for a character that is not ASCII. */
export function textBytes(map: unknown): number {
	if (typeof map !== "object" || map === null) return 0;
	return Object.entries(map).reduce(
		(sum, [key, value]) => sum + byteLength(key) + byteLength(textOf(value)),
		0,
	);
}

function textOf(value: unknown): string {
	return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function byteLength(text: string): number {
	let bytes = text.length;
	for (let index = 0; index < text.length; index++)
		if (text.charCodeAt(index) > 127) bytes += 2;
	return bytes;
}
