import assert from "node:assert/strict";
import { test } from "node:test";
import { limitConcurrency, limitEachKey } from "../src/limit-concurrency.ts";

test("limit concurrency: 100,000 tasks wait in line, and begin in their order", async () => {
	const limit = limitConcurrency(2);
	const order: number[] = [];
	let running = 0;
	let most = 0;
	const tasks = Array.from({ length: 100_000 }, (_, index) =>
		limit(async () => {
			running += 1;
			most = Math.max(most, running);
			order.push(index);
			await Promise.resolve();
			running -= 1;
		}),
	);
	await Promise.all(tasks);
	assert.equal(most, 2);
	assert.ok(order.every((index, place) => index === place));
});

test("limit concurrency: a task that fails gives its slot to the next", async () => {
	const limit = limitConcurrency(1);
	const failing = limit(async () => {
		throw new Error("no");
	});
	const after = limit(async () => "yes");
	await assert.rejects(failing, /no/);
	assert.equal(await after, "yes");
});

test("limit by key: tasks of a key run one after the other, also behind one that fails; other keys do not wait", async () => {
	const inTurn = limitEachKey(60_000, () => new Error("too late"));
	const first = Promise.withResolvers<void>();
	const order: string[] = [];
	const failing = inTurn("a", async () => {
		await first.promise;
		order.push("a1");
		throw new Error("no");
	});
	const second = inTurn("a", async () => void order.push("a2"));
	await inTurn("b", async () => void order.push("b1"));
	first.resolve();
	await assert.rejects(failing, /no/);
	await second;
	assert.deepEqual(order, ["b1", "a1", "a2"]);
});

test("limit by key: whoever waited too long is refused, and those behind it are not", async () => {
	const inTurn = limitEachKey(-1, (key) => new Error(`too late: ${key}`));
	await assert.rejects(
		inTurn("a", async () => "done"),
		/too late: a/,
	);
});
