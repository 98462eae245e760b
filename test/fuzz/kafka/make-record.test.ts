import assert from "node:assert/strict";
import { test } from "node:test";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { topicContracts } from "../../../src/wiring/topic-contracts.ts";
import { createRandom } from "../../chaos/random.ts";
import { inputRoles } from "../../hostile/attacker.ts";
import { isReport, makeRecord } from "./make-record.ts";
import { mutateValue, writeJson } from "./mutate-value.ts";
import { type Schema, sampleSchema } from "./sample-schema.ts";

const known = { planIds: ["plan"], ticketIds: ["ticket"] };

for (const role of inputRoles)
	test(`sampleSchema: what is made for ${role} fits its contract`, () => {
		const random = createRandom(1);
		for (const { payload } of topicContracts[role].messages) {
			const validator = Compile(payload as TSchema);
			for (let turn = 0; turn < 200; turn += 1) {
				const value = sampleSchema(payload as Schema, random);
				assert.ok(validator.Check(value), JSON.stringify(value));
			}
		}
	});

test("makeRecord: the same seed makes the same records", () => {
	const make = () => {
		const random = createRandom(7);
		return inputRoles.flatMap((role) =>
			Array.from({ length: 30 }, (_, index) =>
				makeRecord(role, index, random, known),
			),
		);
	};
	const withoutTimes = (records: ReturnType<typeof make>) =>
		JSON.stringify(records.map(({ key, headers }) => [key, headers?.length]));
	assert.equal(withoutTimes(make()), withoutTimes(make()));
});

test("isReport: behind a byte-order mark and a registry's frame too, never of what the service cannot read", () => {
	const report = JSON.stringify({ ticket_id: "t", status: "RUNNING" });
	const end = JSON.stringify({ ticket_id: "t", status: "COMPLETED" });
	const frame = Buffer.from([0, 0, 0, 0, 1]);
	const told = [
		Buffer.from(report),
		Buffer.from(`\ufeff${report}`),
		Buffer.concat([frame, Buffer.from(report)]),
		Buffer.from(end),
		Buffer.concat([Buffer.from(report), Buffer.from([0xff])]),
		Buffer.alloc(0),
	].map(isReport);
	assert.deepEqual(told, [true, true, true, false, false, false]);
});

test("mutateValue: leaves the value as it is, and what JavaScript cannot hold is written as it stands", () => {
	const random = createRandom(3);
	const value = { a: { b: [1, "two"] }, c: null };
	const kept = structuredClone(value);
	const texts = Array.from({ length: 500 }, () =>
		writeJson(mutateValue(value, random)),
	);
	assert.deepEqual(value, kept);
	for (const raw of ["9007199254740993", "1e400", "[[[[[[[[[["])
		assert.ok(
			texts.some((text) => text.includes(raw)),
			raw,
		);
	assert.ok(!texts.some((text) => text.includes("@raw")));
});
