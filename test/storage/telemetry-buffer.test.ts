import assert from "node:assert/strict";
import { test } from "node:test";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { createTelemetryBuffer } from "../../src/storage/telemetry-buffer.ts";
import { openMongo } from "../support/stores.ts";

test("telemetryBuffer: gives the oldest first and forgets what was removed", async (t) => {
	const { mongo } = await openMongo(t);
	await createDocumentStore(mongo).write(
		[3, 1, 2].map((n) => ({
			collection: "telemetry_buffer",
			_id: `f${n}`,
			revision: "1",
			fields: { frame: { frame_id: `f${n}` }, buffered_at: n },
		})),
	);
	const buffer = createTelemetryBuffer(mongo);
	const ids = async (limit: number) =>
		(await buffer.oldest(limit)).map(({ frame_id }) => frame_id);
	assert.deepEqual(await ids(2), ["f1", "f2"]);
	await buffer.remove(["f1", "f2", "unknown"]);
	await buffer.remove([]);
	assert.deepEqual(await ids(10), ["f3"]);
});
