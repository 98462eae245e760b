import { Decimal128, Long } from "mongodb";
import { exactText, isExactNumber, numberOf } from "../domain/exact-number.ts";

const INT32_LIMIT = 2 ** 31;
const INT64_LIMIT = 2n ** 63n;

/**
 * Plain data as MongoDB stores it. Integers beyond 32 bits, timestamps among them, are int64: the driver
 * by itself would store doubles. Exact numbers are int64 or Decimal128 where those hold all digits.
 */
export function toBson(value: unknown): unknown {
	if (typeof value === "number") return fromNumber(value);
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return mapItems(value);
	if (!isPlain(value)) return value;
	return isExactNumber(value)
		? fromText(exactText(value))
		: mapFields(value as Record<string, unknown>);
}

/** Stored values as plain data; the driver itself converts every number that JavaScript can hold. */
export function fromBson(value: unknown): unknown {
	if (typeof value !== "object" || value === null) return value;
	if (isLongNumber(value)) return toNumber(value);
	if (Array.isArray(value)) return value.map(fromBson);
	if (!isPlain(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, one]) => [key, fromBson(one)]),
	);
}

/** Whether the value is a number of MongoDB that a JavaScript number cannot hold. */
export function isLongNumber(value: unknown): value is Long | Decimal128 {
	return (
		value instanceof Decimal128 ||
		// A timestamp of the oplog is a Long as well.
		(value instanceof Long && value._bsontype === "Long")
	);
}

/** null for NaN and Infinity, which JSON does not have. */
export function toNumber(value: Long | Decimal128): unknown {
	const text = value.toString();
	return /\d/.test(text) ? numberOf(text) : null;
}

function fromNumber(value: number): unknown {
	const isLong =
		(value >= INT32_LIMIT || value < -INT32_LIMIT) &&
		Number.isSafeInteger(value);
	return isLong ? Long.fromNumber(value) : value;
}

function fromText(text: string): unknown {
	if (/^-?\d{1,19}$/.test(text)) {
		const value = BigInt(text);
		if (value < INT64_LIMIT && value >= -INT64_LIMIT)
			return Long.fromBigInt(value);
	}
	return toDecimal(text) ?? numberOf(text);
}

/** undefined when the number has more digits or a larger exponent than a Decimal128. */
function toDecimal(text: string): Decimal128 | undefined {
	try {
		return Decimal128.fromString(text);
	} catch {
		return undefined;
	}
}

/** Copies only changed parts: most of a document is text. */
function mapItems(items: readonly unknown[]): readonly unknown[] {
	let copy: unknown[] | undefined;
	items.forEach((item, index) => {
		const mapped = toBson(item);
		if (mapped === item) return;
		copy ??= [...items];
		copy[index] = mapped;
	});
	return copy ?? items;
}

function mapFields(fields: Record<string, unknown>): unknown {
	let copy: Record<string, unknown> | undefined;
	for (const key of Object.keys(fields)) {
		if (key === "_bsontype" || key === "__proto__") return asMap(fields);
		const mapped = toBson(fields[key]);
		if (mapped === fields[key]) continue;
		copy ??= { ...fields };
		copy[key] = mapped;
	}
	return copy ?? fields;
}

/** The driver takes an object with a field `_bsontype` for one of its own types, and fails. */
function asMap(fields: Record<string, unknown>): Map<string, unknown> {
	return new Map(
		Object.entries(fields).map(([key, value]) => [key, toBson(value)]),
	);
}

function isPlain(value: object): boolean {
	const prototype = Object.getPrototypeOf(value) as unknown;
	return prototype === Object.prototype || prototype === null;
}
