import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSetAside, checkUnread } from "../../src/doctor/check-records.ts";

test("checkSetAside: records that were lost are a failure, others that were set aside a warning", () => {
	assert.deepEqual(
		checkSetAside([]).map(({ status }) => status),
		["ok"],
	);
	const [lost, aside] = checkSetAside([
		{ reason: "RECORDS_DELETED", count: 2 },
		{ reason: "SET_ASIDE", count: 3 },
	]);
	assert.equal(lost?.status, "failed");
	assert.match(lost?.detail ?? "", /^2 times .*nobody had read/);
	assert.match(lost?.remedy ?? "", /--reason-code RECORDS_DELETED/);
	assert.equal(aside?.status, "warning");
	assert.match(aside?.detail ?? "", /^3 letters/);
});

test("checkUnread: what Kafka deleted before a group came to it, with offsets and count", () => {
	assert.deepEqual(
		checkUnread([]).map(({ status }) => status),
		["ok"],
	);
	const gap = { groupId: "g", topic: "t", partition: 4, wanted: 3n, first: 8n };
	const [check] = checkUnread([gap]);
	assert.equal(check?.status, "failed");
	assert.match(
		check?.detail ?? "",
		/^5 records of t, partition 4, offsets 3 to 7, were deleted before group g/,
	);
});
