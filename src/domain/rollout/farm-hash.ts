import { utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * FarmHash's `Fingerprint32`, by which Temporal decides whether a workflow id belongs to a ramp. All arithmetic
 * is of 32 bits.
 */
export function fingerprint32(text: string): number {
	const bytes = utf8ToBytes(text);
	const length = bytes.length;
	if (length <= 4) return hashUpTo4(bytes) >>> 0;
	const view = new DataView(bytes.buffer, bytes.byteOffset, length);
	if (length <= 12) return hashUpTo12(view) >>> 0;
	if (length <= 24) return hashUpTo24(view) >>> 0;
	return hashLonger(view) >>> 0;
}

const C1 = 0xcc9e2d51 | 0;
const C2 = 0x1b873593;

const wordAt = (view: DataView, at: number) => view.getInt32(at, true);
const turn = (word: number, bits: number) =>
	(word >>> bits) | (word << (32 - bits));
const stir = (word: number) => (Math.imul(turn(word, 19), 5) + 0xe6546b64) | 0;
const scramble = (word: number) => Math.imul(turn(Math.imul(word, C1), 17), C2);
const mix = (word: number, hash: number) => stir(hash ^ scramble(word));

function finish(hash: number): number {
	let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
	mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
	return mixed ^ (mixed >>> 16);
}

function hashUpTo4(bytes: Uint8Array): number {
	let b = 0;
	let c = 9;
	for (const byte of bytes) {
		b = (Math.imul(b, C1) + ((byte << 24) >> 24)) | 0;
		c ^= b;
	}
	return finish(mix(b, mix(bytes.length, c)));
}

function hashUpTo12(view: DataView): number {
	const length = view.byteLength;
	const five = length * 5;
	const a = (length + wordAt(view, 0)) | 0;
	const b = (five + wordAt(view, length - 4)) | 0;
	const c = (9 + wordAt(view, (length >> 1) & 4)) | 0;
	return finish(mix(c, mix(b, mix(a, five))));
}

function hashUpTo24(view: DataView): number {
	const length = view.byteLength;
	const half = length >> 1;
	const c = wordAt(view, length - 8);
	const d = wordAt(view, half);
	const last = wordAt(view, length - 4);
	let a = (turn(wordAt(view, half - 4), 12) + last) | 0;
	let hash = (mix(c, (Math.imul(d, C1) + length) | 0) + a) | 0;
	a = (turn(a, 3) + c) | 0;
	hash = (mix(wordAt(view, 0), hash) + a) | 0;
	a = (turn((a + last) | 0, 12) + d) | 0;
	return finish((mix(wordAt(view, 4), hash) + a) | 0);
}

function hashLonger(view: DataView): number {
	const length = view.byteLength;
	const fromEnd = (back: number) => scramble(wordAt(view, length - back));
	let h = stir(stir(length ^ fromEnd(4)) ^ fromEnd(16));
	let g = Math.imul(C1, length);
	let f = (turn((g + fromEnd(20)) | 0, 19) + 113) | 0;
	g = stir(stir(g ^ fromEnd(8)) ^ fromEnd(12));
	for (let at = 0; at + 20 < length; at += 20) {
		const [a, b, c, d, e] = [0, 4, 8, 12, 16].map((offset) =>
			wordAt(view, at + offset),
		) as [number, number, number, number, number];
		h = (mix(d, (h + a) | 0) + e) | 0;
		g = (mix(c, (g + b) | 0) + a) | 0;
		f = (mix((b + Math.imul(e, C1)) | 0, (f + c) | 0) + d) | 0;
		f = (f + g) | 0;
		g = (g + f) | 0;
	}
	const spread = (word: number) =>
		Math.imul(turn(Math.imul(turn(word, 11), C1), 17), C1);
	h = Math.imul(turn(stir((h + spread(g)) | 0), 17), C1);
	return Math.imul(turn(stir((h + spread(f)) | 0), 17), C1);
}
