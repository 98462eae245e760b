import assert from "node:assert/strict";
import { test } from "node:test";
import type { IncomingMessage } from "../../src/messaging/incoming-message.ts";
import {
	type BatchWork,
	workOffBatch,
} from "../../src/messaging/work-off-batch.ts";
import type { SkippedRecords } from "../../src/plans/records.ts";

const place = { topic: "t", partition: 0 };

function messages(count: number): IncomingMessage[] {
	return Array.from({ length: count }, (_, n) => ({
		...place,
		offset: String(n),
		key: null,
		value: Buffer.from(String(n)),
		headers: [],
		timestampMs: 0,
	}));
}

/** Work that fails for some offsets; keeps what was handled and set aside. */
function open(
	fails: (offset: number) => Error | undefined,
	changes: Partial<BatchWork> = {},
) {
	const handled: number[] = [];
	const skipped: SkippedRecords[] = [];
	let next = 0n;
	let calls = 0;
	const work: BatchWork = {
		async handle(batch) {
			calls += 1;
			const offsets = batch.messages.map(({ offset }) => Number(offset));
			const failure = offsets.map(fails).find((error) => error !== undefined);
			if (failure !== undefined) throw failure;
			handled.push(...offsets);
		},
		passed: (to) => {
			next = to;
		},
		position: () => next,
		judge: async ({ message }: Error) =>
			message === "outage" ? "again" : "never",
		setAside: async (range) => void skipped.push(range),
		isOver: () => false,
		...changes,
	} as BatchWork;
	return { work, handled, skipped, calls: () => calls, next: () => next };
}

test("work off batch: one message that can never be handled is found among many and set aside", async () => {
	for (const poison of [0, 1, 500, 777, 999]) {
		const world = open((offset) =>
			offset === poison ? new Error("never") : undefined,
		);
		await workOffBatch({ ...place, messages: messages(1_000) }, world.work);
		const expected = messages(1_000).map(({ offset }) => Number(offset));
		assert.deepEqual(
			world.handled,
			expected.filter((offset) => offset !== poison),
		);
		const [skipped, ...others] = world.skipped;
		assert.deepEqual(others, []);
		assert.equal(skipped?.firstOffset, String(poison));
		assert.equal(skipped?.code, "SET_ASIDE");
		assert.match(skipped?.message ?? "", /never/);
		assert.equal(skipped?.record?.value?.toString(), String(poison));
		assert.equal(world.next(), 1_000n);
		assert.ok(world.calls() <= 40, `${world.calls()} calls`);
	}
});

test("work off batch: when none can be handled each is tried about once", async () => {
	const world = open(() => new Error("never"));
	await workOffBatch({ ...place, messages: messages(1_000) }, world.work);
	assert.equal(world.skipped.length, 1_000);
	assert.ok(world.calls() <= 1_020, `${world.calls()} calls`);
});

test("work off batch: a failure that may pass is thrown, and what is before it is passed", async () => {
	const world = open((offset) => {
		if (offset === 3) return new Error("never");
		return offset === 6 ? new Error("outage") : undefined;
	});
	const working = workOffBatch(
		{ ...place, messages: messages(10) },
		world.work,
	);
	await assert.rejects(working, /outage/);
	assert.deepEqual(
		world.skipped.map(({ firstOffset }) => firstOffset),
		["3"],
	);
	assert.ok(world.next() >= 4n && world.next() <= 6n, `${world.next()}`);
});

test("work off batch: what a handler has done before it fails is not handed over again", async () => {
	let next = 0n;
	const seen: string[][] = [];
	const skipped: string[] = [];
	await workOffBatch(
		{ ...place, messages: messages(4) },
		{
			...open(() => undefined).work,
			async handle({ messages }) {
				seen.push(messages.map(({ offset }) => offset));
				if (seen.length > 1) return;
				next = 3n;
				throw new Error("never");
			},
			passed: (to) => {
				next = to;
			},
			position: () => next,
			setAside: async ({ firstOffset }) => void skipped.push(firstOffset),
		},
	);
	assert.deepEqual(seen, [["0", "1", "2", "3"]]);
	assert.deepEqual(skipped, ["3"]);
	assert.equal(next, 4n);
});

test("work off batch: records that could not be read are set aside between the others", async () => {
	const world = open(() => undefined);
	const [a, b, c] = messages(3) as [
		IncomingMessage,
		IncomingMessage,
		IncomingMessage,
	];
	const unread = {
		firstOffset: "1",
		lastOffset: "6",
		code: "BATCH_TOO_LARGE" as const,
		message: "too much",
		batchBytes: 9,
	};
	const batch = [a, { ...b, offset: "6", unread }, { ...c, offset: "7" }];
	await workOffBatch({ ...place, messages: batch }, world.work);
	assert.deepEqual(world.handled, [0, 7]);
	assert.deepEqual(world.skipped, [
		{
			...place,
			firstOffset: "1",
			lastOffset: "6",
			code: "BATCH_TOO_LARGE",
			message: "too much",
			bytes: 9,
		},
	]);
	assert.equal(world.next(), 8n);
});

test("work off batch: what cannot be written down is tried again, and nothing behind it is begun", async () => {
	const world = open((offset) =>
		offset === 1 ? new Error("never") : undefined,
	);
	const working = workOffBatch(
		{ ...place, messages: messages(3) },
		{
			...world.work,
			setAside: async () => {
				throw new Error("kafka is away");
			},
		},
	);
	await assert.rejects(working, /kafka is away/);
	assert.deepEqual(world.handled, [0]);
	assert.equal(world.next(), 1n);
});

test("work off batch: of a partition that was lost nothing is judged", async () => {
	const world = open(() => new Error("never"), { isOver: () => true });
	const working = workOffBatch({ ...place, messages: messages(3) }, world.work);
	await assert.rejects(working, /never/);
	assert.deepEqual(world.skipped, []);
});
