import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runInOrder } from "../../src/intake/run-in-order.ts";

const signal = new AbortController().signal;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("runInOrder: bounded, in order within a key, done only without gaps", async () => {
	const keys = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });
	await fc.assert(
		fc.asyncProperty(
			keys,
			fc.integer({ min: 1, max: 5 }),
			async (names, concurrency) => {
				const running = new Set<string>();
				const finished: number[] = [];
				const doneCounts: number[] = [];
				await runInOrder({
					items: names.map((key, index) => ({ key, index })),
					concurrency,
					keyOf: ({ key }) => key,
					signal,
					async run({ key, index }) {
						assert.ok(!running.has(key), `${key} runs twice at once`);
						running.add(key);
						assert.ok(running.size <= concurrency);
						for (let turns = index % 3; turns >= 0; turns -= 1) await turn();
						running.delete(key);
						const before = finished.filter((other) => names[other] === key);
						assert.ok(before.every((other) => other < index));
						finished.push(index);
					},
					onDone({ index }, count) {
						assert.equal(index, count - 1);
						const prefix = names.slice(0, count).keys();
						assert.ok([...prefix].every((at) => finished.includes(at)));
						doneCounts.push(count);
					},
				});
				assert.equal(doneCounts.at(-1) ?? 0, names.length);
				assert.deepEqual(
					doneCounts,
					doneCounts.toSorted((a, b) => a - b),
				);
			},
		),
		{ numRuns: 50 },
	);
});

test("runInOrder: after a failure nothing begins, what runs is awaited, done stands before it", async () => {
	const begun: number[] = [];
	const done: number[] = [];
	let isFirstFinished = false;
	const run = runInOrder({
		items: [0, 1, 2, 3, 4],
		concurrency: 3,
		keyOf: String,
		signal,
		async run(item) {
			begun.push(item);
			if (item === 1) throw new Error("no");
			for (let turns = 0; turns < 5; turns += 1) await turn();
			if (item === 0) isFirstFinished = true;
		},
		onDone: (item) => done.push(item),
	});
	await assert.rejects(run, /no/);
	assert.ok(isFirstFinished);
	assert.deepEqual(begun, [0, 1, 2]);
	assert.deepEqual(done, [0]);
});

test("runInOrder: an aborted batch begins nothing more", async () => {
	const controller = new AbortController();
	const begun: number[] = [];
	const run = runInOrder({
		items: [0, 1, 2],
		concurrency: 1,
		keyOf: String,
		signal: controller.signal,
		async run(item) {
			begun.push(item);
			controller.abort(new Error("not ours"));
		},
		onDone: () => undefined,
	});
	await assert.rejects(run, /not ours/);
	assert.deepEqual(begun, [0]);
});
