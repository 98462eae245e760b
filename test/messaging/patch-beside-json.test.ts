import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { patchKafkajs } from "../../src/messaging/kafkajs-patch.ts";
import { writeRecord } from "../../src/messaging/write-record.ts";
import artifacts from "../../stack/artifacts.json" with { type: "json" };

// A process of its own: what is patched once stays so.
test("kafkajs patch: it is whole in a process that has imported JSON", () => {
	assert.ok(artifacts);
	patchKafkajs();
	const require = createRequire(import.meta.url);
	assert.equal(
		require("kafkajs/src/protocol/recordBatch/record/v0"),
		writeRecord,
	);
});
