import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type AuditHead,
	appendRecord,
	auditKey,
} from "../../../src/domain/audit-chain.ts";
import type { KeptRecord } from "../../../src/domain/audit-heads.ts";
import type { AuditTrails } from "../../../src/plans/audit-ports.ts";
import { openHttp, storeAway } from "../../support/http.ts";

/** The trail of plan `p`, of three records. */
function trailOf(): { records: KeptRecord[]; head: AuditHead } {
	const records: KeptRecord[] = [];
	let head: AuditHead | null = null;
	for (const action of ["start", "pause", "end"]) {
		const moment = { planId: "p", planHash: null, atMs: 5, trailStartMs: 5 };
		const entry = { actor: "ana", action, reason: "because" };
		const step = appendRecord(head, moment, entry);
		head = step.head;
		records.push({ ...step.record, _id: auditKey("p", head), revision: "1" });
	}
	return { records, head: head as unknown as AuditHead };
}

function stored(records: KeptRecord[], head: AuditHead): AuditTrails {
	const plan = { plan_id: "p", head, revision: "2", signature: null };
	return {
		readRecords: async ({ planId = "p", after = "", limit }) =>
			planId === "p"
				? records.filter(({ _id }) => _id > after).slice(0, limit)
				: [],
		readHeads: async (planIds) => (planIds.includes("p") ? [plan] : []),
		listHeads: async () => ({ heads: [plan], next: undefined }),
		findHashes: async (keys) =>
			new Map(
				records.flatMap(({ _id, hash }) =>
					keys.includes(_id) ? [[_id, hash] as const] : [],
				),
			),
	};
}

test("GET /plans/:plan_id/audit: the trail, page by page, without what a lost try left", async (t) => {
	const { records, head } = trailOf();
	const leftOver = {
		...(records[2] as KeptRecord),
		_id: auditKey("p", { ...head, sequence: 4 }),
		sequence: 4,
	};
	const trails = stored([...records, leftOver], head);
	const { app } = await openHttp(t, { trails });
	const first = await app.inject("/api/v1/plans/p/audit?limit=2");
	assert.equal(first.statusCode, 200);
	const { next_cursor, audit_head } = first.json();
	assert.deepEqual(audit_head, head);
	const second = await app.inject(
		`/api/v1/plans/p/audit?limit=2&cursor=${next_cursor}`,
	);
	const expected = records.map(({ _id, revision, ...record }) => record);
	assert.deepEqual(
		[...first.json().records, ...second.json().records],
		expected,
	);
	assert.equal(second.json().next_cursor, null);
});

test("GET /plans/:plan_id/audit: an unknown plan, another plan's cursor, no MongoDB", async (t) => {
	const { records, head } = trailOf();
	const { app } = await openHttp(t, { trails: stored(records, head) });
	const { next_cursor } = (
		await app.inject("/api/v1/plans/p/audit?limit=1")
	).json();
	assert.equal((await app.inject("/api/v1/plans/q/audit")).statusCode, 404);
	for (const cursor of [next_cursor, "x", "e30"])
		assert.equal(
			(await app.inject(`/api/v1/plans/q/audit?cursor=${cursor}`)).statusCode,
			400,
		);
	const away = await openHttp(t, { trails: { readHeads: storeAway } });
	assert.equal(
		(await away.app.inject("/api/v1/plans/p/audit")).statusCode,
		503,
	);
});

test("GET /audit/verify: a verdict on one plan or all, and where the first fault is", async (t) => {
	const { records, head } = trailOf();
	const { app } = await openHttp(t, { trails: stored(records, head) });
	for (const [query, given] of [
		["", 0],
		["?plan_id=p", 0],
		[`?plan_id=p&head=${text(head)}`, 1],
	] as const) {
		const response = await app.inject(`/api/v1/audit/verify${query}`);
		assert.equal(response.statusCode, 200);
		assert.deepEqual(response.json(), {
			...{ ok: true, plans: 1, records: 3, left_over: 0, faults: [] },
			purged: 0,
			witnesses: { temporal: 0, given, signatures: 0 },
		});
	}
	const altered = records.with(1, {
		...(records[1] as KeptRecord),
		actor: "eve",
	});
	const broken = await openHttp(t, { trails: stored(altered, head) });
	for (const query of ["", "?plan_id=p"]) {
		const { body } = await broken.app.inject(`/api/v1/audit/verify${query}`);
		assert.partialDeepStrictEqual(JSON.parse(body), {
			ok: false,
			faults: [{ plan_id: "p", sequence: 2, kind: "altered" }],
		});
	}
});

test("GET /audit/verify: the frame's head and the run's find a tail that is gone", async (t) => {
	const { records, head } = trailOf();
	const second = records[1] as KeptRecord;
	const { trail, sequence, hash } = second;
	const trails = stored(records.slice(0, 2), { trail, sequence, hash });
	const cut = { kind: "truncated", sequence: 3 };
	const { app } = await openHttp(t, { trails });
	assert.equal(
		(await app.inject("/api/v1/audit/verify?plan_id=p")).json().ok,
		true,
	);
	const told = await app.inject(
		`/api/v1/audit/verify?plan_id=p&head=${text(head)}`,
	);
	assert.partialDeepStrictEqual(told.json().faults, [cut]);

	const asked = await openHttp(t, {
		trails,
		runs: { readRunHead: async () => ({ state: "ended", head }) },
	});
	const found = await asked.app.inject("/api/v1/audit/verify?plan_id=p");
	assert.partialDeepStrictEqual(found.json().faults, [cut]);
});

test("POST /audit/verify: many heads at once, or one plan's trail against its own", async (t) => {
	const { records, head } = trailOf();
	const { app } = await openHttp(t, { trails: stored(records, head) });
	const verify = async (body: object) =>
		await app.inject({ method: "POST", url: "/api/v1/audit/verify", body });
	const known = { plan_id: "p", ...head };
	const sound = (await verify({ heads: [known] })).json();
	assert.deepEqual([sound.ok, sound.records], [true, 1]);
	const unknown = { ...known, plan_id: "q" };
	const forged = { ...known, hash: "0".repeat(64) };
	const { faults } = (await verify({ heads: [unknown, forged] })).json();
	assert.deepEqual(
		faults.map(({ plan_id, kind }: Record<string, string>) => [plan_id, kind]),
		[
			["q", "truncated"],
			["p", "altered"],
		],
	);
	const own = (await verify({ plan_id: "p", heads: [unknown, known] })).json();
	assert.deepEqual([own.ok, own.witnesses.given], [true, 1]);
	for (const heads of [[], [{ ...known, sequence: 0 }], [{ plan_id: "p" }]])
		assert.equal((await verify({ heads })).statusCode, 422);
});

test("GET /audit/verify: a head that is none, or of no plan", async (t) => {
	const { app } = await openHttp(t);
	const head = text(trailOf().head);
	for (const [query, status] of [
		["?head=1:2:3&plan_id=p", 400],
		[`?head=${head}`, 400],
		["?plan_id=q", 404],
		["?plan_id=", 400],
	] as const)
		assert.equal(
			(await app.inject(`/api/v1/audit/verify${query}`)).statusCode,
			status,
			query,
		);
});

function text({ trail, sequence, hash }: AuditHead): string {
	return `${trail}:${sequence}:${hash}`;
}
