import type { Message } from "kafkajs";
import type { RecordHeader } from "../domain/record-headers.ts";

/** A record to be written; its headers are a list of ours, or an object of code that uses kafkajs itself. */
export interface WritableRecord
	extends Partial<Pick<Message, "key" | "value">> {
	offsetDelta?: number;
	timestampDelta?: number;
	headers?: Message["headers"] | readonly RecordHeader[];
}

/** An encoded record, in the form of kafkajs's record batch. */
export interface EncodedRecord {
	buf: Buffer;
	buffer: Buffer;
}

/**
 * Encodes one record, with headers in their order, also headers without a value. kafkajs's own encoder groups
 * headers by name and fails on a header without a value.
 */
export function writeRecord({
	offsetDelta = 0,
	timestampDelta = 0,
	key = null,
	value = null,
	headers = [],
}: WritableRecord): EncodedRecord {
	const list = listOf(headers);
	const numbers = [timestampDelta, offsetDelta, list.length];
	// One byte of attributes, which mean nothing yet.
	const body = numbers.reduce((sum, number) => sum + varintLength(number), 1);
	const fields = [key, value, ...list.flatMap((it) => [it.name, it.value])];
	const length = fields.reduce((sum, it) => sum + fieldLength(it), body);
	const buffer = Buffer.allocUnsafe(varintLength(length) + length);
	let at = writeVarint(buffer, length, 0);
	at = buffer.writeUInt8(0, at);
	at = writeVarint(buffer, timestampDelta, at);
	at = writeVarint(buffer, offsetDelta, at);
	at = writeField(buffer, key, at);
	at = writeField(buffer, value, at);
	at = writeVarint(buffer, list.length, at);
	for (const header of list) {
		at = writeField(buffer, header.name, at);
		at = writeField(buffer, header.value, at);
	}
	return { buf: buffer, buffer };
}

function listOf(
	headers: NonNullable<WritableRecord["headers"]>,
): readonly { name: string; value: Buffer | string | null }[] {
	if (Array.isArray(headers)) return headers;
	return Object.entries(headers).flatMap(([name, values]) =>
		[values].flat().map((value) => ({ name, value: value ?? null })),
	);
}

type Field = Buffer | string | null;

/** Its length and its bytes; -1 for none. */
function fieldLength(field: Field): number {
	if (field === null) return varintLength(-1);
	const length = Buffer.byteLength(field);
	return varintLength(length) + length;
}

function writeField(target: Buffer, field: Field, at: number): number {
	if (field === null) return writeVarint(target, -1, at);
	const start = writeVarint(target, Buffer.byteLength(field), at);
	const written =
		typeof field === "string"
			? target.write(field, start)
			: field.copy(target, start);
	return start + written;
}

/** Zigzag, seven bits a byte, the lowest first; exact up to 52 bits. */
function writeVarint(target: Buffer, value: number, at: number): number {
	let rest = zigzag(value);
	let end = at;
	for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
		target[end] = (rest % 0x80) + 0x80;
		end += 1;
	}
	target[end] = rest;
	return end + 1;
}

function varintLength(value: number): number {
	let length = 1;
	for (let rest = zigzag(value); rest > 0x7f; rest = Math.floor(rest / 0x80))
		length += 1;
	return length;
}

function zigzag(value: number): number {
	return value < 0 ? -2 * value - 1 : 2 * value;
}
