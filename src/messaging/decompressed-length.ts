/** How Java's snappy library frames its blocks; librdkafka and Sarama write either this or a bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
/** Magic, version, and the oldest version that can read it. */
const XERIAL_HEADER_BYTES = 16;

/** The snappy blocks of these bytes, bare or in Java's framing. Throws when one is cut off. */
export function snappyBlocks(bytes: Buffer): Buffer[] {
	if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) {
		return [bytes];
	}
	const blocks: Buffer[] = [];
	for (let at = XERIAL_HEADER_BYTES; at < bytes.length; ) {
		const end = at + 4 + bytes.readUInt32BE(at);
		if (end > bytes.length) throw new Error("snappy block is cut off");
		blocks.push(bytes.subarray(at + 4, end));
		at = end;
	}
	return blocks;
}

/**
 * The decompressed length of a snappy block, without decompressing it. Throws unless the block's parts add up
 * to the length it states: snappyjs trusts that length, and loops for ever when it is negative.
 */
export function snappyLength(block: Buffer): number {
	const [stated, start] = readVarint(block);
	let length = 0;
	for (let at = start; at < block.length; ) {
		const tag = block[at] as number;
		const size = tag >>> 2;
		at += 1;
		if ((tag & 3) === 1) {
			length += (size & 7) + 4;
			at += 1;
		} else if ((tag & 3) > 1) {
			length += size + 1;
			at += (tag & 3) === 2 ? 2 : 4;
		} else if (size < 60) {
			length += size + 1;
			at += size + 1;
		} else {
			const literal = block.readUIntLE(at, size - 59) + 1;
			length += literal;
			at += size - 59 + literal;
		}
		if (at > block.length) throw new Error("snappy block is cut off");
	}
	if (length === stated) return length;
	throw new Error(`snappy block says ${stated} bytes and has ${length}`);
}

/** Reads a varint of 32 bits, the lowest seven first; returns its end too. */
function readVarint(bytes: Buffer): [value: number, end: number] {
	let value = 0;
	for (let at = 0; at < 5; at += 1) {
		const byte = bytes.readUInt8(at);
		value += (byte & 0x7f) * 2 ** (7 * at);
		if (byte < 0x80) return [value, at + 1];
	}
	throw new Error("snappy block has no length");
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_SKIPPABLE_MAGIC = 0x184d2a50;

/**
 * The decompressed length of LZ4 frames, without decompressing them. Throws when the bytes are no LZ4 frames.
 */
export function lz4Length(bytes: Buffer): number {
	let length = 0;
	for (let at = 0; at < bytes.length; ) {
		const magic = bytes.readUInt32LE(at);
		if (magic >>> 4 === LZ4_SKIPPABLE_MAGIC >>> 4) {
			at += 8 + bytes.readUInt32LE(at + 4);
			continue;
		}
		if (magic !== LZ4_MAGIC) throw new Error("these bytes are no LZ4 frame");
		const frame = lz4FrameLength(bytes, at + 4);
		length += frame.length;
		at = frame.end;
	}
	return length;
}

function lz4FrameLength(bytes: Buffer, start: number) {
	const flags = bytes.readUInt8(start);
	const hasSize = (flags & 0x08) !== 0;
	const hasDictionary = (flags & 0x01) !== 0;
	const checksumBytes = (flags & 0x10) === 0 ? 0 : 4;
	// Two bytes of flags, the fields they announce, and a checksum of one byte.
	let at = start + 2 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0) + 1;
	let length = 0;
	for (;;) {
		const word = bytes.readUInt32LE(at);
		at += 4;
		if (word === 0) break;
		const size = word & 0x7fffffff;
		const end = at + size;
		if (end > bytes.length) throw new Error("LZ4 block is cut off");
		// The highest bit: not compressed.
		length += word > 0x7fffffff ? size : lz4BlockLength(bytes, at, end);
		at = end + checksumBytes;
	}
	return { length, end: at + ((flags & 0x04) === 0 ? 0 : 4) };
}

function lz4BlockLength(bytes: Buffer, start: number, end: number): number {
	let length = 0;
	let at = start;
	const more = () => {
		let sum = 0;
		for (let byte = 255; byte === 255; at += 1) {
			byte = bytes.readUInt8(at);
			sum += byte;
		}
		return sum;
	};
	while (at < end) {
		const token = bytes[at] as number;
		at += 1;
		const literal = token >>> 4 === 15 ? 15 + more() : token >>> 4;
		length += literal;
		at += literal;
		if (at >= end) break;
		// Where the match lies.
		at += 2;
		length += ((token & 15) === 15 ? 15 + more() : token & 15) + 4;
	}
	return length;
}
