import { isUtf8 } from "node:buffer";
import avsc from "avsc";

/** Deeper values only come from bytes that are made to hurt. */
const MAX_DEPTH = 512;
/** Items without bytes (nulls, empty records) that a message may hold beyond one a byte. */
const FREE_ITEMS = 10_000;

interface Cursor {
	readonly bytes: Buffer;
	at: number;
	depth: number;
	itemsLeft: number;
}

/** Microseconds since the epoch; avsc keeps a logical type only when it knows a class for it. */
class MicrosType extends avsc.types.LogicalType {}

/** Parses a schema (JSON text), with the named types that `registry` already holds, and adds its own. */
export function parseAvroSchema(
	schema: string,
	registry: Record<string, avsc.Type> = {},
): avsc.Type {
	return avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema, {
		registry,
		wrapUnions: "always",
		logicalTypes: {
			"timestamp-micros": MicrosType,
			"local-timestamp-micros": MicrosType,
		},
	});
}

/**
 * Reads one Avro value as the plain data that JSON would have: enums as strings, longs as numbers, times
 * as epoch milliseconds, unions without a wrapper. Throws on bytes that are cut off, left over, no UTF-8,
 * or a long that a number cannot hold exactly.
 *
 * avsc's own reader is not used: it believes any item count (a few bytes keep it busy for ever), rounds
 * longs beyond 2^52 in silence, and cannot leave ambiguous unions unwrapped.
 */
export function readAvro(type: avsc.Type, bytes: Buffer): unknown {
	const cursor = {
		bytes,
		at: 0,
		depth: 0,
		itemsLeft: bytes.length + FREE_ITEMS,
	};
	const value = readValue(type, cursor);
	if (cursor.at !== bytes.length) {
		throw new Error(`${bytes.length - cursor.at} bytes are left over`);
	}
	return value;
}

function readValue(type: avsc.Type, cursor: Cursor): unknown {
	switch (type.typeName) {
		case "null":
			return null;
		case "boolean":
			return take(cursor, 1)[0] !== 0;
		case "int":
		case "long":
			return readLong(cursor);
		case "float":
			return take(cursor, 4).readFloatLE();
		case "double":
			return take(cursor, 8).readDoubleLE();
		case "string":
			return readText(cursor);
		case "bytes":
			return Buffer.from(take(cursor, readLong(cursor)));
		case "fixed":
			return Buffer.from(take(cursor, (type as avsc.types.FixedType).size));
		case "enum":
			return readSymbol(type as avsc.types.EnumType, cursor);
		default:
			return readNested(type, cursor);
	}
}

function readNested(type: avsc.Type, cursor: Cursor): unknown {
	cursor.depth += 1;
	if (cursor.depth > MAX_DEPTH)
		throw new Error(`nested deeper than ${MAX_DEPTH}`);
	const value = readNestedValue(type, cursor);
	cursor.depth -= 1;
	return value;
}

function readNestedValue(type: avsc.Type, cursor: Cursor): unknown {
	if (type instanceof avsc.types.RecordType) return readRecord(type, cursor);
	if (type instanceof avsc.types.WrappedUnionType)
		return readBranch(type, cursor);
	if (type instanceof avsc.types.ArrayType) {
		const items: unknown[] = [];
		forEachItem(cursor, () => items.push(readValue(type.itemsType, cursor)));
		return items;
	}
	if (type instanceof avsc.types.MapType) {
		const entries: Record<string, unknown> = {};
		forEachItem(cursor, () =>
			put(entries, readText(cursor), readValue(type.valuesType, cursor)),
		);
		return entries;
	}
	if (type instanceof MicrosType)
		return Math.floor(Number(readValue(type.underlyingType, cursor)) / 1_000);
	throw new Error(`cannot read Avro type ${type.typeName}`);
}

function readRecord(
	type: avsc.types.RecordType,
	cursor: Cursor,
): Record<string, unknown> {
	const record: Record<string, unknown> = {};
	for (const { name, type: fieldType } of type.fields)
		put(record, name, readValue(fieldType, cursor));
	return record;
}

function readBranch(
	type: avsc.types.WrappedUnionType,
	cursor: Cursor,
): unknown {
	const index = readLong(cursor);
	const branch = type.types[index];
	if (branch === undefined) throw new Error(`a union has no branch ${index}`);
	return readValue(branch, cursor);
}

function readSymbol(type: avsc.types.EnumType, cursor: Cursor): string {
	const index = readLong(cursor);
	const symbol = type.symbols[index];
	if (symbol === undefined)
		throw new Error(`enum ${type.name} has no symbol ${index}`);
	return symbol;
}

/** Arrays and maps come in blocks; a negative count is followed by the size of the block. */
function forEachItem(cursor: Cursor, read: () => void): void {
	for (let count = readLong(cursor); count !== 0; count = readLong(cursor)) {
		if (count < 0) readLong(cursor);
		cursor.itemsLeft -= Math.abs(count);
		if (cursor.itemsLeft < 0)
			throw new Error(`${Math.abs(count)} items do not fit into the message`);
		for (let left = Math.abs(count); left > 0; left -= 1) read();
	}
}

function readText(cursor: Cursor): string {
	const bytes = take(cursor, readLong(cursor));
	if (!isUtf8(bytes)) throw new Error("a string is no UTF-8");
	return bytes.toString("utf8");
}

/** Zigzag varint; up to 7 bytes fit a number, the rest needs a bigint. */
function readLong(cursor: Cursor): number {
	let raw = 0n;
	let small = 0;
	for (let count = 0; count < 10; count += 1) {
		const byte = take(cursor, 1)[0] ?? 0;
		if (count < 7) small += (byte & 0x7f) * 2 ** (7 * count);
		else raw += BigInt(byte & 0x7f) << BigInt(7 * count);
		if (byte < 0x80) return unzigzag(raw + BigInt(small), small, count);
	}
	throw new Error("a number has more than 10 bytes");
}

function unzigzag(raw: bigint, small: number, count: number): number {
	if (count < 7) return small % 2 === 0 ? small / 2 : -(small + 1) / 2;
	const value = BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n));
	if (!Number.isSafeInteger(Number(value)))
		throw new Error(`the long ${value} cannot be held exactly`);
	return Number(value);
}

function take(cursor: Cursor, length: number): Buffer {
	const end = cursor.at + length;
	if (length < 0 || end > cursor.bytes.length)
		throw new Error("the bytes are cut off");
	const taken = cursor.bytes.subarray(cursor.at, end);
	cursor.at = end;
	return taken;
}

/** Plain assignment of `__proto__` would not make a field. */
function put(
	record: Record<string, unknown>,
	name: string,
	value: unknown,
): void {
	if (name !== "__proto__") record[name] = value;
	else
		Object.defineProperty(record, name, {
			value,
			enumerable: true,
			writable: true,
			configurable: true,
		});
}
