import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeEntry } from "../../src/plans/change-ports.ts";
import { announceWrites } from "../../src/storage/change-log.ts";
import { openChanges, redisAddress, ticketChange } from "../support/changes.ts";
import { eventually } from "../support/eventually.ts";
import { metricValue } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

function keepEntries() {
	const entries: ChangeEntry[] = [];
	let awayCount = 0;
	return {
		entries,
		jsons: () =>
			entries.flatMap(({ changes }) => changes.map(({ json }) => json)),
		awayCount: () => awayCount,
		listener: {
			onEntry: (entry: ChangeEntry) => void entries.push(entry),
			onAway: () => {
				awayCount += 1;
			},
		},
	};
}

test("changes: every follower of every process gets each change once, in order", async (t) => {
	const first = openChanges(t);
	const second = openChanges(t, { key: first.key });
	await first.changes.append([ticketChange(0)]);
	const kept = [keepEntries(), keepEntries(), keepEntries()] as const;
	const positions = [
		await first.feed.follow(kept[0].listener),
		await first.feed.follow(kept[1].listener),
		await second.feed.follow(kept[2].listener),
	];
	assert.equal(new Set(positions).size, 1);
	const all = Array.from({ length: 120 }, (_, n) => ticketChange(n + 1));
	await first.changes.append(all.slice(0, 110));
	await second.changes.append(all.slice(110));
	await first.changes.append([]);
	const expected = all.map((change) => JSON.stringify(change));
	for (const one of kept) {
		await eventually(() => one.jsons().length === 120);
		assert.deepEqual(one.jsons(), expected);
	}
	first.feed.leave(kept[0].listener);
	await first.changes.append([ticketChange(500)]);
	await eventually(() => kept[1].jsons().length === 121);
	assert.equal(kept[0].jsons().length, 120);
});

test("changes: what has been is read again from any place, oldest first", async (t) => {
	const { changes, feed } = openChanges(t);
	const empty = { oldest: "0-0", newest: "0-0" };
	assert.deepEqual(await feed.bounds(), empty);
	for (let n = 0; n < 5; n += 1) await changes.append([ticketChange(n)]);
	const all = await feed.read({ id: "0-0", inclusive: false });
	assert.equal(all.length, 5);
	const { oldest, newest } = await feed.bounds();
	assert.deepEqual([oldest, newest], [all[0]?.id, all[4]?.id]);
	const from = all[2]?.id ?? "";
	const after = await feed.read({ id: from, inclusive: false });
	assert.deepEqual(after, all.slice(3));
	const since = await feed.read({ id: from, inclusive: true });
	assert.deepEqual(since, all.slice(2));
});

test("changes: the stream is kept short", async (t) => {
	const { changes, redis, key } = openChanges(t, { maxLength: 100 });
	for (let n = 0; n < 400; n += 1) await changes.append([ticketChange(n)]);
	const length = await redis.run("xlen", (client) => client.xlen(key));
	// Redis trims whole blocks of a hundred entries.
	assert.ok(length < 300, `${length} entries`);
});

test("changes: with Redis away a write succeeds, the loss is counted and told once it is back", async (t) => {
	const proxy = await openTcpProxy(t, redisAddress());
	const { changes, metrics, key } = openChanges(t, { node: proxy.address });
	const watcher = openChanges(t, { key });
	const kept = keepEntries();
	await watcher.feed.follow(kept.listener);
	const written: unknown[] = [];
	const store = announceWrites(
		{ write: async (writes) => void written.push(...writes) },
		changes,
	);
	const write = {
		collection: "execution_tickets",
		_id: "t1",
		revision: "1",
		fields: { plan_id: "p", status: "RUNNING", updated_at: 1 },
	} as const;
	await store.write([write]);
	await eventually(() => kept.jsons().length === 1);
	await proxy.cut();
	await store.write([write, { ...write, _id: "t2" }]);
	assert.equal(written.length, 3);
	const name = "orchestration_changes_lost_total";
	assert.equal(await metricValue(metrics, name), 2);
	await proxy.restore();
	await eventually(() => kept.entries.some(({ isAfterLoss }) => isAfterLoss));
});

test("changes: a write that fails announces nothing", async (t) => {
	const { changes, feed } = openChanges(t);
	const store = announceWrites(
		{
			write: async () => {
				throw new Error("away");
			},
		},
		changes,
	);
	await assert.rejects(
		store.write([
			{ collection: "workflows", _id: "w", revision: "1", fields: {} },
		]),
	);
	assert.equal((await feed.bounds()).newest, "0-0");
});

for (const way of ["cut", "freeze"] as const) {
	test(`changes: followers are told that Redis is away (${way}), and nothing is lost to who follows again`, async (t) => {
		const proxy = await openTcpProxy(t, redisAddress());
		const { feed, key } = openChanges(t, { node: proxy.address });
		const { changes } = openChanges(t, { key });
		const kept = keepEntries();
		const position = await feed.follow(kept.listener);
		await proxy[way]();
		await eventually(() => kept.awayCount() === 1, 20_000);
		await assert.rejects(feed.follow(keepEntries().listener), {
			code: "CACHE_UNAVAILABLE",
		});
		await changes.append([ticketChange(1)]);
		await proxy.restore();
		const again = keepEntries();
		const next = await eventually(() => feed.follow(again.listener), 20_000);
		await changes.append([ticketChange(2)]);
		await eventually(() => again.jsons().length === 1);
		const missed = await feed.read({ id: position, inclusive: false });
		assert.equal(missed[0]?.id, next);
		assert.equal(missed.length, 2);
		assert.equal(kept.jsons().length, 0);
	});
}

test("changes: what is no change of ours is passed over", async (t) => {
	const { changes, feed, redis, key } = openChanges(t);
	await redis.run("xadd", (client) => client.xadd(key, "*", "plan", "{broken"));
	await redis.run("xadd", (client) => client.xadd(key, "*", "other", "{}"));
	await changes.append([ticketChange(1)]);
	const entries = await feed.read({ id: "0-0", inclusive: false });
	assert.deepEqual(
		entries.map((entry) => entry.changes.length),
		[0, 0, 1],
	);
});
