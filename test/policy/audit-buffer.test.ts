import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuditBuffer } from "../../src/policy/audit-buffer.ts";
import type { AuthorizationRecord } from "../../src/policy/ports.ts";
import { createAuditReader } from "../../src/storage/audit-reader.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { eventually } from "../support/eventually.ts";
import { openMongo, silentLog } from "../support/stores.ts";

const record = (id: string): AuthorizationRecord => ({
	timestamp: new Date().toISOString(),
	user_id: "ada",
	tenant_id: "gold",
	resource: { type: "ticket", id, task_type: "EXECUTE" },
	action: "evaluate",
	decision: "deny",
	policy_path: "neuralhive/orchestrator/resource_limits",
	violations: [],
	context: { workflow_id: "orch-p-1", plan_id: "p-1", correlation_id: "c-1" },
	engine: "embedded",
});

function open(mongo: Mongo, maxWaiting = 10) {
	const counts = { written: 0, dropped: 0 };
	const buffer = createAuditBuffer({
		mongo,
		log: silentLog,
		onWritten: (count) => {
			counts.written += count;
		},
		onDropped: (count) => {
			counts.dropped += count;
		},
		flushIntervalMs: 10,
		maxWaiting,
	});
	return { buffer, counts };
}

test("authorization audit: what policies said is written, and the API's reader finds it", async (t) => {
	const { mongo } = await openMongo(t);
	const { buffer, counts } = open(mongo);
	buffer.add([record("t-1"), record("t-2")]);
	await eventually(() => counts.written === 2);
	await buffer.close();
	const { total, results } = await createAuditReader(mongo).listAuthorizations({
		tenant_id: "gold",
		decision: "deny",
		limit: 10,
		skip: 0,
	});
	assert.equal(total, 2);
	const [found] = results as unknown as AuthorizationRecord[];
	assert.equal(found?.context.plan_id, "p-1");
});

test("authorization audit: records wait while MongoDB is away, and those beyond the bound are counted", async (t) => {
	const { mongo } = await openMongo(t);
	let isAway = true;
	const failing: Mongo = {
		...mongo,
		run: async (operation, work) => {
			if (isAway) throw new Error("away");
			return await mongo.run(operation, work);
		},
	};
	const { buffer, counts } = open(failing, 3);
	buffer.add(["t-1", "t-2", "t-3", "t-4", "t-5"].map(record));
	assert.deepEqual(counts, { written: 0, dropped: 2 });
	isAway = false;
	await eventually(() => counts.written === 3);
	await buffer.close();
	isAway = true;
	const other = open(failing, 3);
	other.buffer.add([record("t-6")]);
	await other.buffer.close();
	assert.deepEqual(other.counts, { written: 0, dropped: 1 });
});
