import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A policy as WebAssembly, with the data that it reads. */
export interface PolicyBundle {
	wasm: Uint8Array<ArrayBuffer>;
	data: object;
}

/** Far above any policy; a bundle is read whole. */
const MAX_BUNDLE_BYTES = 64 * 1024 * 1024;
const BLOCK_BYTES = 512;
const WASM_MAGIC = "\0asm";

/**
 * Reads what `opa build -t wasm` writes: a bundle (`bundle.tar.gz`), or the `policy.wasm` out of one. Throws
 * a sentence that says what is wrong with the file.
 */
export function readBundle(file: string): PolicyBundle {
	const bytes = readFileSync(file);
	if (bytes.toString("latin1", 0, 4) === WASM_MAGIC)
		return { wasm: copyOf(bytes), data: {} };
	const files = readTar(unpack(file, bytes));
	const wasm = files.get("policy.wasm");
	if (wasm === undefined)
		throw new Error(
			`${file} holds no policy.wasm: build it with opa build -t wasm`,
		);
	const data = files.get("data.json");
	return {
		wasm: copyOf(wasm),
		data: data === undefined ? {} : (JSON.parse(data.toString()) as object),
	};
}

function unpack(file: string, bytes: Buffer): Buffer {
	try {
		return gunzipSync(bytes, { maxOutputLength: MAX_BUNDLE_BYTES });
	} catch (cause) {
		throw new Error(
			`${file} is neither a bundle (tar.gz) of at most ${MAX_BUNDLE_BYTES} bytes nor WebAssembly`,
			{ cause },
		);
	}
}

/** The files of a tar archive by their names without leading slash. */
function readTar(archive: Buffer): Map<string, Buffer> {
	const files = new Map<string, Buffer>();
	let at = 0;
	while (at + BLOCK_BYTES <= archive.length && archive[at] !== 0) {
		const name = fieldOf(archive, at, 100).replace(/^\/+/, "");
		const size = Number.parseInt(fieldOf(archive, at + 124, 12), 8) || 0;
		const start = at + BLOCK_BYTES;
		files.set(name, archive.subarray(start, start + size));
		at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
	}
	return files;
}

function fieldOf(archive: Buffer, start: number, length: number): string {
	const text = archive.toString("latin1", start, start + length);
	return text.split("\0", 1)[0]?.trim() ?? "";
}

function copyOf(bytes: Buffer): Uint8Array<ArrayBuffer> {
	return new Uint8Array(bytes);
}
