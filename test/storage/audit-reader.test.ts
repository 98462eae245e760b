import assert from "node:assert/strict";
import { test } from "node:test";
import { createAuditReader } from "../../src/storage/audit-reader.ts";
import { createDocumentStore } from "../../src/storage/document-store.ts";
import { planDocument } from "../support/http.ts";
import { openMongo } from "../support/stores.ts";

test("auditReader: authorizations newest first, narrowed, counted", async (t) => {
	const { mongo } = await openMongo(t);
	const entries = Array.from({ length: 9 }, (_, n) => ({
		_id: `a${n}`,
		user_id: n % 2 === 0 ? "ana" : "rui",
		decision: "deny",
		timestamp: `2026-01-0${n + 1}T00:00:00Z`,
	}));
	await mongo.run({ collection: "authorization_audit", name: "put" }, (it) =>
		it.insertMany(entries),
	);
	const reader = createAuditReader(mongo);
	const page = await reader.listAuthorizations({
		user_id: "ana",
		start_time: "2026-01-02",
		end_time: "2026-01-08",
		limit: 2,
		skip: 1,
	});
	assert.equal(page.total, 3);
	assert.deepEqual(
		page.results.map(({ timestamp }) => timestamp),
		["2026-01-05T00:00:00Z", "2026-01-03T00:00:00Z"],
	);
	assert.ok(page.results.every((one) => !("_id" in one)));
	const none = { user_id: "eva", limit: 5, skip: 0 };
	assert.deepEqual(await reader.listAuthorizations(none), {
		total: 0,
		results: [],
	});
});

test("auditReader: plans that ended since then, without decisions that were only recorded", async (t) => {
	const { mongo } = await openMongo(t);
	const ended = (id: string, finished_at: number | null, kind = "plan") => {
		const { revision, ...fields } = planDocument({ plan_id: id, finished_at });
		const _id = `w-${id}`;
		return {
			...{ collection: "workflows" as const, _id, revision },
			fields: { ...fields, kind },
		};
	};
	await createDocumentStore(mongo).write([
		ended("old", 10),
		ended("a", 20),
		ended("b", 30),
		ended("open", null),
		ended("recorded", 30, "recorded-decision"),
	]);
	const found = await createAuditReader(mongo).listEndedPlans(20, 10);
	assert.deepEqual(
		found.map(({ finished_at }) => finished_at),
		[30, 20],
	);
});
