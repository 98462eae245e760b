import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultPayloadConverter } from "@temporalio/common";
import { payloadConverter } from "../../workflows/payload-converter.ts";

const values = [
	undefined,
	null,
	0,
	"",
	"\u0000 ä 漢 😀 \ud800",
	[1, { a: [] }],
	{ ä: { text: "x".repeat(100_000) }, no: undefined },
	new Uint8Array([0, 255]),
];

test("payloadConverter: writes what the SDK's own writes, and each reads the other's", () => {
	for (const value of values) {
		const own = payloadConverter.toPayload(value);
		const theirs = defaultPayloadConverter.toPayload(value);
		assert.deepEqual(own, theirs);
		assert.deepEqual(
			payloadConverter.fromPayload(theirs),
			defaultPayloadConverter.fromPayload(own),
		);
	}
});

test("payloadConverter: what cannot be written as JSON is refused, and so is an empty payload", () => {
	const circle: unknown[] = [];
	circle.push(circle);
	for (const value of [1n, circle, () => 1])
		assert.throws(() => payloadConverter.toPayload(value));
	const { metadata = null } = payloadConverter.toPayload(1);
	assert.throws(() => payloadConverter.fromPayload({ metadata }));
	assert.throws(() =>
		payloadConverter.fromPayload({ ...{ metadata }, data: new Uint8Array() }),
	);
});
