import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { attemptId, nameUuid } from "../../src/domain/ticket-ids.ts";

const NAMESPACE = "6f1d2c0e-8a53-5c0b-9d0b-3f5d9c1a7e42";

/** UUIDv5 (RFC 9562, 5.5) by the platform's own SHA-1. */
function uuidV5(namespace: string, name: string): string {
	const digest = createHash("sha1")
		.update(Buffer.from(namespace.replaceAll("-", ""), "hex"))
		.update(name, "utf8")
		.digest()
		.subarray(0, 16);
	digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6);
	digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8);
	return digest
		.toString("hex")
		.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const first = {
	planId: "p-1",
	taskId: "a",
	generation: 1,
	attempt: 1,
	compensation: false,
};

test("ticket ids: the test's own algorithm gives the vector of RFC 9562, A.4", () =>
	assert.equal(
		uuidV5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"),
		"2ed6657d-e927-568b-95e1-2665a8aea6a2",
	));

test("nameUuid: is UUIDv5 in our namespace, for any text", () =>
	fc.assert(
		fc.property(fc.string({ unit: "binary" }), (name) =>
			assert.equal(nameUuid(name), uuidV5(NAMESPACE, name)),
		),
	));

test("attemptId: names plan, task, generation and attempt, as protocol.md says", () => {
	assert.equal(attemptId(first), uuidV5(NAMESPACE, "p-1/a/1/1"));
	assert.equal(
		attemptId({ ...first, generation: 2, attempt: 3 }),
		uuidV5(NAMESPACE, "p-1/a/2/3"),
	);
	assert.equal(
		attemptId({ ...first, compensation: true }),
		uuidV5(NAMESPACE, "p-1/a/1/1/compensate"),
	);
});

test("attemptId: these never change, or running plans would publish twice", () => {
	assert.equal(attemptId(first), "0e6c3bbf-3460-5c5a-ac99-a41ad7966ad8");
	assert.equal(
		attemptId({ ...first, planId: "plänë 1", taskId: "a/b" }),
		"ec756450-c262-50b4-a8cf-225765614c23",
	);
});

test("attemptId: different names have different ids, slashes or not", () => {
	const id = fc.string({
		unit: fc.constantFrom("a", "/", "%", "1"),
		maxLength: 5,
	});
	const name = fc.record({
		planId: id,
		taskId: id,
		generation: fc.integer({ min: 1, max: 2 }),
		attempt: fc.integer({ min: 1, max: 2 }),
		compensation: fc.boolean(),
	});
	fc.assert(
		fc.property(name, name, (one, other) => {
			const same = JSON.stringify(one) === JSON.stringify(other);
			assert.equal(attemptId(one) === attemptId(other), same);
		}),
	);
});
