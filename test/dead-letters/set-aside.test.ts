import assert from "node:assert/strict";
import { test } from "node:test";
import { readDeadLetter } from "../../src/dead-letters/read-letter.ts";
import { createSetAside } from "../../src/dead-letters/set-aside.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type { SkippedRecords } from "../../src/plans/records.ts";
import {
	keepMetrics,
	keepSent,
	silentLog,
	someRecord,
} from "../support/intake-stand-ins.ts";

const range: SkippedRecords = {
	topic: "plans.consensus",
	partition: 3,
	firstOffset: "41",
	lastOffset: "60",
	code: "RECORDS_DELETED",
	message: "20 records were deleted",
};

function open(refuse?: () => void) {
	const producer = keepSent(refuse);
	const metrics = keepMetrics();
	const errors: object[] = [];
	const setAside = createSetAside({
		producer,
		metrics,
		topic: { name: "plans.consensus.dlq", maxMessageBytes: 1_000_000 },
		log: { ...silentLog, error: (fields) => void errors.push(fields) },
		now: () => 7,
	});
	return { setAside, metrics, errors, sent: producer.sent };
}

async function letterOf({ sent }: ReturnType<typeof open>) {
	const [record] = sent;
	assert.ok(record !== undefined);
	return await readDeadLetter(someRecord({ ...record }), async () => undefined);
}

test("set aside: a range has one letter that refers to it, an error line and a count", async () => {
	const world = open();
	await world.setAside(range);
	const letter = await letterOf(world);
	assert.equal(letter.form, "reference");
	assert.equal(letter.reason, "RECORDS_DELETED");
	assert.equal(letter.message, range.message);
	assert.match(letter.hint, /published again/);
	assert.deepEqual(letter.source, {
		topic: "plans.consensus",
		partition: 3,
		offset: "41",
	});
	assert.equal(letter.last_offset, "60");
	assert.equal(letter.original, null);
	assert.deepEqual(world.metrics.lines, [
		"deadLetters plans.consensus.dlq RECORDS_DELETED",
		"setAside plans.consensus RECORDS_DELETED 20",
	]);
	const [error] = world.errors as [Record<string, unknown>];
	assert.deepEqual(
		[error.topic, error.partition, error.firstOffset, error.lastOffset],
		["plans.consensus", 3, "41", "60"],
	);
	assert.equal(error.count, 20);
});

test("set aside: of a record key, headers and size are kept, whatever it weighs", async () => {
	const world = open();
	const value = Buffer.alloc(400_000_000);
	const record = someRecord({
		value,
		headers: [{ name: "h", value: Buffer.from([0xff]) }],
	});
	await world.setAside({
		...range,
		code: "SET_ASIDE",
		lastOffset: "41",
		message: "it cannot be handled",
		record,
	});
	const letter = await letterOf(world);
	assert.equal(letter.original_bytes, value.length);
	assert.equal(letter.key, "plan-1");
	assert.equal(letter.headers[0]?.value_base64, "/w==");
	assert.equal("last_offset" in letter, false);
	assert.ok((world.sent[0]?.value.length ?? 0) < 5_000);
});

test("set aside: a letter that is not acknowledged is thrown; one that never will be leaves log and count", async () => {
	const away = new OrchestratorError("PUBLISH_UNCONFIRMED", "away");
	const unsure = open(() => {
		throw away;
	});
	await assert.rejects(unsure.setAside(range), away);
	assert.deepEqual(unsure.metrics.lines, []);
	const refused = open(() => {
		throw new OrchestratorError("PUBLISH_REFUSED", "too large");
	});
	await refused.setAside(range);
	assert.deepEqual(refused.metrics.lines, [
		"setAside plans.consensus RECORDS_DELETED 20",
	]);
	assert.equal(refused.errors.length, 2);
});
