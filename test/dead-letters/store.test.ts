import assert from "node:assert/strict";
import { test } from "node:test";
import { countSetAside } from "../../src/dead-letters/count-set-aside.ts";
import { createDeadLetterSteps } from "../../src/dead-letters/settle.ts";
import { createDeadLetterStore } from "../../src/dead-letters/store.ts";
import { claimBy, deadLetter, recordBy } from "../support/dead-letters.ts";
import { assertIndexed, recordReads } from "../support/recorded-reads.ts";
import { metricValue, openMongo } from "../support/stores.ts";

test("dead letters: a letter comes back as it was written, once, with its bytes", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const original = Buffer.from([0, 255, 1, 254]);
	const { original: _, ...letter } = deadLetter();
	await letters.add([{ ...letter, original }]);
	await letters.add([{ ...letter, original, message: "another" }]);
	assert.deepEqual(await letters.read(letter.id), {
		...letter,
		original,
		corrected: null,
	});
	assert.equal(await letters.read("nowhere:0:0"), undefined);
	const [listed, ...others] = await letters.list({ filter: {}, limit: 10 });
	assert.deepEqual(others, []);
	assert.equal(listed?.id, letter.id);
	assert.equal(listed !== undefined && "history" in listed, false);
});

test("dead letters: lists are newest first, page without gap and filter", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const all = Array.from({ length: 30 }, (_, n) =>
		deadLetter({
			offset: String(n),
			// Three share each time.
			dead_at: Math.floor(n / 3),
			reason: n % 2 === 0 ? "LATE" : "MESSAGE_INVALID",
			topic: n < 5 ? "a.dlq" : "b.dlq",
			plan_id: n === 7 ? "p" : null,
		}),
	);
	await letters.add(all);
	const seen: string[] = [];
	for (let after: { dead_at: number; id: string } | undefined; ; ) {
		const page = await letters.list({ filter: {}, after, limit: 4 });
		seen.push(...page.map(({ id }) => id));
		after = page.at(-1);
		if (after === undefined) break;
	}
	const expected = all
		.toSorted((a, b) => b.dead_at - a.dead_at || (a.id < b.id ? 1 : -1))
		.map(({ id }) => id);
	assert.deepEqual(seen, expected);
	const count = async (filter: object) =>
		(await letters.list({ filter, limit: 100 })).length;
	assert.equal(await count({ topic: "a.dlq" }), 5);
	assert.equal(await count({ reason: "LATE", state: "open" }), 15);
	assert.equal(await count({ topic: "a.dlq", reason: "LATE" }), 3);
	assert.equal(await count({ plan_id: "p" }), 1);
	assert.equal(await count({ plan_id: "p", state: "discarded" }), 0);
});

test("dead letters: open ones are found oldest first, up to a time, and counted", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const steps = createDeadLetterSteps(mongo);
	const all = [4, 3, 2, 1, 0].map((n) =>
		deadLetter({ offset: String(n), dead_at: n }),
	);
	await letters.add(all);
	await steps.discard(all[3]?.id ?? "", recordBy("discarded", null));
	const query = { filter: {}, untilMs: 3, limit: 2 };
	const first = await letters.findOpen({ ...query, after: null });
	assert.deepEqual(
		first.map(({ dead_at }) => dead_at),
		[0, 2],
	);
	const rest = await letters.findOpen({ ...query, after: first[1] ?? null });
	assert.deepEqual(
		rest.map(({ dead_at }) => dead_at),
		[3],
	);
	assert.deepEqual(await letters.countOpen(), [
		{ topic: "plans.consensus.dlq", reason: "MESSAGE_INVALID", count: 4 },
	]);
});

test("dead letters: of many who claim a letter at once one gets it", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const steps = createDeadLetterSteps(mongo);
	const { id } = deadLetter();
	await letters.add([deadLetter()]);
	const claims = await Promise.all(
		Array.from({ length: 10 }, (_, n) => steps.claim(id, claimBy(`r${n}`))),
	);
	assert.deepEqual(claims.map(({ kind }) => kind).sort(), [
		"claimed",
		...Array(9).fill("refused"),
	]);
	assert.equal((await letters.read(id))?.history.length, 1);
	assert.equal(await steps.discard(id, recordBy("discarded", null)), false);
	assert.deepEqual(await steps.claim("nowhere:0:0", claimBy("r")), {
		kind: "missing",
	});
});

test("dead letters: each step is safe to repeat, and the history says who did what", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const steps = createDeadLetterSteps(mongo);
	const { id } = deadLetter();
	await letters.add([deadLetter()]);
	const claim = claimBy("r", { corrected: Buffer.from('{"a":1}') });
	assert.equal((await steps.claim(id, claim)).kind, "claimed");
	assert.equal((await steps.claim(id, claim)).kind, "claimed");
	await steps.settle(id, recordBy("redriven", "another"));
	assert.equal((await letters.read(id))?.state, "redriving");
	await steps.settle(id, recordBy("redriven", "r"));
	await steps.settle(id, recordBy("redriven", "r"));
	assert.equal((await steps.claim(id, claim)).kind, "settled");
	assert.equal((await steps.claim(id, claimBy("s"))).kind, "refused");
	// Delivered once more by Kafka.
	await letters.add([deadLetter()]);
	const letter = await letters.read(id);
	assert.equal(letter?.state, "redriven");
	assert.equal(letter?.corrected?.toString(), '{"a":1}');
	assert.equal(letter?.redrive?.is_corrected, true);
	assert.deepEqual(
		letter?.history.map(({ action, actor }) => [action, actor]),
		[
			["redrive-requested", "ada"],
			["redriven", "ada"],
		],
	);
});

test("dead letters: what a re-drive has left lying for ten minutes may be taken over", async (t) => {
	const { mongo } = await openMongo(t);
	const steps = createDeadLetterSteps(mongo);
	const { id } = deadLetter();
	await createDeadLetterStore(mongo).add([deadLetter()]);
	await steps.claim(id, claimBy("r", { nowMs: 0 }));
	const soon = claimBy("s", { nowMs: 600_000 });
	assert.equal((await steps.claim(id, soon)).kind, "refused");
	const late = claimBy("s", { nowMs: 600_001 });
	assert.equal((await steps.claim(id, late)).kind, "claimed");
	const first = claimBy("r", { nowMs: 600_002 });
	assert.equal((await steps.claim(id, first)).kind, "refused");
});

test("dead letters: a topic that was made anew hides no letter behind an old one", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const old = deadLetter({ dead_at: 1 });
	const anew = deadLetter({ dead_at: 2, message: "another" });
	await letters.add([old]);
	for (let n = 0; n < 2; n += 1) {
		await letters.add([anew, deadLetter({ offset: "1", dead_at: 2 })]);
	}
	const found = await letters.list({ filter: {}, limit: 10 });
	assert.deepEqual(
		found.map(({ id }) => id).sort(),
		[old.id, `${old.id}:2`, "plans.consensus.dlq:0:1"].sort(),
	);
	assert.equal((await letters.read(`${old.id}:2`))?.message, "another");
});

test("dead letters: a letter names the one its re-drive became", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const first = deadLetter();
	const second = deadLetter({ offset: "1", redriven_from: first.id });
	await letters.add([first]);
	await letters.add([second]);
	assert.equal((await letters.read(first.id))?.returned_as, second.id);
});

test("dead letters: a letter names the one its re-drive became, also when an old one has that one's place", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const first = deadLetter();
	await letters.add([first, deadLetter({ offset: "1", dead_at: 1 })]);
	const anew = { offset: "1", dead_at: 2, redriven_from: first.id };
	const second = deadLetter(anew);
	for (let n = 0; n < 2; n += 1) await letters.add([second]);
	const link = (await letters.read(first.id))?.returned_as;
	assert.equal(link, `${second.id}:2`);
	assert.equal((await letters.read(link ?? ""))?.redriven_from, first.id);
});

test("dead letters: every list and search is one round trip, by a declared index", async () => {
	const names = ["state", "topic", "reason", "plan_id"] as const;
	for (let mask = 0; mask < 2 ** names.length; mask += 1) {
		const given = names.filter((_, bit) => (mask >> bit) % 2 === 1);
		const filter = Object.fromEntries(given.map((name) => [name, "x"]));
		const { mongo, trips } = recordReads();
		const letters = createDeadLetterStore(mongo);
		const after = { dead_at: 7, id: "a" };
		await letters.list({ filter, limit: 5 });
		await letters.list({ filter, after, limit: 5 });
		const search = { filter, untilMs: 9, limit: 5 };
		await letters.findOpen({ ...search, after: null });
		await letters.findOpen({ ...search, after });
		assert.equal(trips.length, 4);
		trips.flat().forEach(assertIndexed);
	}
	const { mongo, trips } = recordReads();
	await createDeadLetterStore(mongo).countOpen();
	await createDeadLetterStore(mongo).read("a");
	assert.equal(trips.length, 2);
	trips.flat().forEach(assertIndexed);
});

test("dead letters: one that MongoDB never takes is written without its bytes, and stops no other", async (t) => {
	const { mongo, metrics } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const huge = deadLetter({
		offset: "1",
		original: Buffer.alloc(17 * 1_048_576),
		original_bytes: 17 * 1_048_576,
		headers: [{ name: "a", value: "b" }],
	});
	const others = ["0", "2"].map((offset) => deadLetter({ offset }));
	await letters.add([others[0], huge, others[1]] as (typeof huge)[]);
	const found = await letters.read(huge.id);
	assert.equal(found?.original, null);
	assert.equal(found?.original_bytes, huge.original_bytes);
	assert.deepEqual(found?.headers, []);
	assert.equal(found?.headers_dropped, 1);
	for (const { id } of others)
		assert.equal(String((await letters.read(id))?.original), "{}");
	// It was no outage: nobody else is kept from MongoDB.
	const labels = { store: "mongodb" };
	const away = "orchestration_store_away";
	assert.equal(await metricValue(metrics, away, labels), 0);
});

test("dead letters: large ones are written in commands of a bounded size", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const all = Array.from({ length: 20 }, (_, n) =>
		deadLetter({
			offset: String(n),
			original: Buffer.alloc(3 * 1_048_576, n),
		}),
	);
	await letters.add(all);
	assert.equal((await letters.list({ filter: {}, limit: 50 })).length, 20);
	const last = await letters.read(all[19]?.id ?? "");
	assert.equal(last?.original?.length, 3 * 1_048_576);
});

test("dead letters: open ones for records that were set aside are counted by reason", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const steps = createDeadLetterSteps(mongo);
	assert.deepEqual(await countSetAside(mongo), []);
	const all = ["SET_ASIDE", "SET_ASIDE", "RECORDS_DELETED", "LATE"].map(
		(reason, n) => deadLetter({ reason, offset: String(n) }),
	);
	await letters.add(all);
	await steps.discard(all[0]?.id ?? "", recordBy("discarded", null));
	const counts = await countSetAside(mongo);
	assert.deepEqual(
		counts.map(({ reason, count }) => `${reason} ${count}`).sort(),
		["RECORDS_DELETED 1", "SET_ASIDE 1"],
	);
});
