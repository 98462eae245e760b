import assert from "node:assert/strict";
import { test } from "node:test";
import { createGroupCommit } from "../../src/storage/group-commit.ts";
import { eventually } from "../support/eventually.ts";

/** A store that answers when it is told to. */
function slowStore({
	isBad = (_: number): boolean => false,
	isAway = false,
	minIntervalMs = 0,
} = {}) {
	const sent: number[][] = [];
	const answers: (() => void)[] = [];
	const write = createGroupCommit<number>({
		maxItems: 4,
		maxBytes: 100,
		minIntervalMs,
		bytesOf: (item) => item,
		async send(items) {
			sent.push([...items]);
			await new Promise<void>((resolve) => answers.push(resolve));
			if (isAway) throw new Error("away");
			if (items.some(isBad)) throw new Error("bad item");
		},
		isOutage: (error) => String(error).includes("away"),
	});
	return { sent, write, answer: () => answers.shift()?.() };
}

/** Lets everything that can go on go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("group commit: alone goes at once; what comes meanwhile goes together, in order, up to the limit", async () => {
	const { sent, write, answer } = slowStore();
	const all = Promise.all([[1], [2, 3], [4], [5], [6]].map(write));
	assert.deepEqual(sent, [[1]]);
	answer();
	await settle();
	assert.deepEqual(sent, [[1], [2, 3, 4, 5]]);
	answer();
	await settle();
	answer();
	await all;
	assert.deepEqual(sent, [[1], [2, 3, 4, 5], [6]]);
});

test("group commit: one that brings more than the limit goes alone, and nothing is nothing", async () => {
	const { sent, write, answer } = slowStore();
	await write([]);
	const all = Promise.all([[1], [2, 3, 4, 5, 6], [7]].map(write));
	for (let turn = 0; turn < 3; turn++) {
		answer();
		await settle();
	}
	await all;
	assert.deepEqual(sent, [[1], [2, 3, 4, 5, 6], [7]]);
});

test("group commit: a bad item fails the caller that brought it and nobody else", async () => {
	const { sent, write, answer } = slowStore({ isBad: (item) => item === 3 });
	const outcomes = Promise.allSettled([[1], [2], [3], [4]].map(write));
	for (let turn = 0; turn < 6; turn++) {
		answer();
		await settle();
	}
	assert.deepEqual(
		(await outcomes).map(({ status }) => status),
		["fulfilled", "fulfilled", "rejected", "fulfilled"],
	);
	assert.deepEqual(sent, [[1], [2, 3, 4], [2], [3], [4]]);
});

test("group commit: an outage fails the whole group at once, and the next call is tried again", async () => {
	const { sent, write, answer } = slowStore({ isAway: true });
	const outcomes = Promise.allSettled([[1], [2], [3]].map(write));
	answer();
	await settle();
	answer();
	assert.ok((await outcomes).every(({ status }) => status === "rejected"));
	assert.deepEqual(sent, [[1], [2, 3]]);
	const later = assert.rejects(write([4]), /away/);
	await settle();
	answer();
	await later;
});

test("group commit: what goes together is bounded by bytes as well", async () => {
	const { sent, write, answer } = slowStore();
	const all = Promise.all([[1], [60], [40], [1], [300], [2]].map(write));
	for (let turn = 0; turn < 5; turn++) {
		answer();
		await settle();
	}
	await all;
	assert.deepEqual(sent, [[1], [60, 40], [1], [300], [2]]);
});

test("group commit: what comes soon after a command waits for others, unless it fills a command", async () => {
	const { sent, write, answer } = slowStore({ minIntervalMs: 1_000 });
	const first = write([1]);
	answer();
	await first;
	const second = write([2]);
	await settle();
	const third = write([3]);
	await settle();
	assert.deepEqual(sent, [[1]]);
	await eventually(() => sent.length === 2);
	assert.deepEqual(sent, [[1], [2, 3]]);
	answer();
	await Promise.all([second, third]);
	for (const full of [[4, 5, 6, 7], [100]]) {
		const done = write(full);
		await settle();
		assert.deepEqual(sent.at(-1), full);
		answer();
		await done;
	}
});
