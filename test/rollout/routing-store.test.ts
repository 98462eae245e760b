import assert from "node:assert/strict";
import { test } from "node:test";
import type { VersionSplit } from "../../src/domain/rollout/routing.ts";
import { createRoutingStore } from "../../src/rollout/routing-store.ts";
import { openMongo } from "../support/stores.ts";

const split = (percentage: number): VersionSplit => ({
	...{ enabled: true, percentage, sticky_by: "plan", salt: "s" },
	...{ allow: [], deny: [] },
});
const change = (percentage: number, expected: number, actor = "ada") => ({
	...{ subject: "split" as const, body: split(percentage), expected },
	...{ actor, reason: "trying", nowMs: 1_000 + expected },
});

test("routing store: a change from a stale revision is refused with who was faster, and what was stays readable", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createRoutingStore(mongo);
	assert.deepEqual(await store.readAll(), {});
	assert.equal((await store.change(change(5, 0))).revision, 1);
	assert.equal((await store.change(change(10, 1))).revision, 2);
	await assert.rejects(store.change(change(50, 1, "bob")), {
		code: "ROUTING_CHANGED",
		message: /revision 2, changed by ada: trying/,
	});
	await assert.rejects(store.change(change(50, 0, "bob")), {
		code: "ROUTING_CHANGED",
	});
	assert.deepEqual((await store.readAll()).split?.body, split(10));
	const [former] = await store.readFormer("split");
	assert.deepEqual(former, {
		...{ _id: "split", revision: 1, changed_at: 1_000 },
		...{ actor: "ada", reason: "trying", body: split(5) },
	});
});

test("routing store: of ten that change the same revision one succeeds, and its repetition is no second change", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createRoutingStore(mongo);
	for (const expected of [0, 1]) {
		const all = await Promise.allSettled(
			Array.from({ length: 10 }, (_, index) =>
				store.change(change(index, expected, `actor-${index}`)),
			),
		);
		const [won, ...more] = all.flatMap((one) =>
			one.status === "fulfilled" ? [one.value] : [],
		);
		assert.ok(won);
		assert.deepEqual(more, []);
		const again = change(won.body.percentage, expected, won.actor);
		assert.deepEqual((await store.change(again)).revision, expected + 1);
	}
	assert.equal((await store.readFormer("split")).length, 1);
});

test("routing store: the newest 50 former documents are kept", async (t) => {
	const { mongo } = await openMongo(t);
	const store = createRoutingStore(mongo);
	for (let expected = 0; expected < 53; expected += 1)
		await store.change(change(expected, expected));
	const former = await store.readFormer("split");
	assert.deepEqual(
		[former.length, former[0]?.revision, former.at(-1)?.revision],
		[50, 52, 3],
	);
});
