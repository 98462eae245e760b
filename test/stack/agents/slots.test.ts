import assert from "node:assert/strict";
import { test } from "node:test";
import { createSlots } from "../../../stack/agents/slots.ts";

test("createSlots: never more than its size at once, in the order of the calls", async () => {
	const slots = createSlots(2);
	const order: number[] = [];
	let most = 0;
	await Promise.all(
		[1, 2, 3, 4, 5].map((number) =>
			slots.run(async () => {
				most = Math.max(most, slots.counts().taken);
				order.push(number);
				await new Promise(setImmediate);
			}),
		),
	);
	assert.equal(most, 2);
	assert.deepEqual(order, [1, 2, 3, 4, 5]);
	assert.deepEqual(slots.counts(), { taken: 0, waiting: 0 });
});

test("createSlots: work that fails gives its place back", async () => {
	const slots = createSlots(1);
	const failing = slots.run(() => Promise.reject(new Error("no")));
	await assert.rejects(failing, /no/);
	assert.equal(await slots.run(async () => "next"), "next");
});

test("createSlots: who waits in line leaves it when the signal fires, and room is told", async () => {
	const slots = createSlots(1);
	const first = Promise.withResolvers<void>();
	const running = slots.run(() => first.promise);
	const stop = new AbortController();
	const waiting = slots.run(async () => "never", stop.signal);
	const room = slots.roomInLine(1);
	stop.abort();
	await assert.rejects(waiting, { name: "AbortError" });
	await room;
	first.resolve();
	await running;
	assert.deepEqual(slots.counts(), { taken: 0, waiting: 0 });
});
