import { isUtf8 } from "node:buffer";
import avsc from "avsc";
import {
	EXACT_KEY,
	type ExactNumber,
	exactText,
	isExactNumber,
	numberOf,
} from "../domain/exact-number.ts";

/** Only malicious bytes contain deeper values. */
const MAX_DEPTH = 512;
/** How many items without bytes (nulls, empty records) a message may hold, beyond one for each byte. */
const FREE_ITEMS = 10_000;

interface Cursor {
	readonly bytes: Buffer;
	at: number;
	depth: number;
	itemsLeft: number;
}

/** Microseconds since the epoch; avsc keeps a logical type only when it knows a class for it. */
class MicrosType extends avsc.types.LogicalType {}
/** Nanoseconds since the epoch. */
class NanosType extends avsc.types.LogicalType {}

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
			"timestamp-nanos": NanosType,
			"local-timestamp-nanos": NanosType,
		},
	});
}

/**
 * Reads one Avro value as the plain data that JSON would have: enums as strings, longs as numbers (exact ones
 * where they are too long), times as epoch milliseconds, unions without a wrapper. Throws on bytes that are
 * cut off, left over, or no UTF-8.  avsc's own reader is not used: it trusts any item count (a few bytes keep
 * it busy for ever), silently rounds longs beyond 2^52, and cannot leave ambiguous unions unwrapped.
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
			return Buffer.from(take(cursor, readCount(cursor)));
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
	if (type instanceof MicrosType) return readTimestamp(type, cursor, 1_000n);
	if (type instanceof NanosType) return readTimestamp(type, cursor, 1_000_000n);
	throw new Error(`cannot read Avro type ${type.typeName}`);
}

/** In epoch milliseconds. The underlying type is a long, as the specification says, or else the value is left as it is. */
function readTimestamp(
	{ underlyingType }: avsc.types.LogicalType,
	cursor: Cursor,
	unitsInMs: bigint,
): unknown {
	const value = readValue(underlyingType, cursor);
	if (isExactNumber(value)) return floorMs(BigInt(exactText(value)), unitsInMs);
	return Number.isInteger(value)
		? floorMs(BigInt(value as number), unitsInMs)
		: value;
}

function floorMs(value: bigint, unitsInMs: bigint): number {
	const remainder = ((value % unitsInMs) + unitsInMs) % unitsInMs;
	return Number((value - remainder) / unitsInMs);
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
	const index = readCount(cursor);
	const branch = type.types[index];
	if (branch === undefined) throw new Error(`a union has no branch ${index}`);
	return readValue(branch, cursor);
}

function readSymbol(type: avsc.types.EnumType, cursor: Cursor): string {
	const index = readCount(cursor);
	const symbol = type.symbols[index];
	if (symbol === undefined)
		throw new Error(`enum ${type.name} has no symbol ${index}`);
	return symbol;
}

/** Arrays and maps come in blocks; a negative count is followed by the size of the block. */
function forEachItem(cursor: Cursor, read: () => void): void {
	for (let count = readCount(cursor); count !== 0; count = readCount(cursor)) {
		if (count < 0) readCount(cursor);
		cursor.itemsLeft -= Math.abs(count);
		if (cursor.itemsLeft < 0)
			throw new Error(`${Math.abs(count)} items do not fit into the message`);
		for (let left = Math.abs(count); left > 0; left -= 1) read();
	}
}

function readText(cursor: Cursor): string {
	const bytes = take(cursor, readCount(cursor));
	if (!isUtf8(bytes)) throw new Error("a string is no UTF-8");
	return bytes.toString("utf8");
}

/** A length, a position or a count of items; it need not be exact beyond the size of the message. */
function readCount(cursor: Cursor): number {
	const count = readLong(cursor);
	return isExactNumber(count) ? Number(exactText(count)) : count;
}

/** Zigzag varint; up to 7 bytes fit a number, the rest needs a bigint. */
function readLong(cursor: Cursor): number | ExactNumber {
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

function unzigzag(
	raw: bigint,
	small: number,
	count: number,
): number | ExactNumber {
	if (count < 7) return small % 2 === 0 ? small / 2 : -(small + 1) / 2;
	return numberOf(String(BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))));
}

function take(cursor: Cursor, length: number): Buffer {
	const end = cursor.at + length;
	if (length < 0 || end > cursor.bytes.length)
		throw new Error("the bytes are cut off");
	const taken = cursor.bytes.subarray(cursor.at, end);
	cursor.at = end;
	return taken;
}

/**
 * Plain assignment of `__proto__` would not make a field; the key of exact numbers is reserved for this
 * service.
 */
function put(
	record: Record<string, unknown>,
	name: string,
	value: unknown,
): void {
	if (name === EXACT_KEY)
		throw new Error(
			`the name ${EXACT_KEY} is kept for this service: use another one`,
		);
	if (name !== "__proto__") record[name] = value;
	else
		Object.defineProperty(record, name, {
			value,
			enumerable: true,
			writable: true,
			configurable: true,
		});
}
