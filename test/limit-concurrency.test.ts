import assert from "node:assert/strict";
import { test } from "node:test";
import { limitConcurrency } from "../src/limit-concurrency.ts";

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
