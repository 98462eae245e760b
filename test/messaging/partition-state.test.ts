import assert from "node:assert/strict";
import { test } from "node:test";
import { limitConcurrency } from "../../src/limit-concurrency.ts";
import {
	createPartitionState,
	type PartitionStateDeps,
} from "../../src/messaging/partition-state.ts";
import { silentLog } from "../support/stores.ts";

const place = { topic: "t", partition: 3 };
const batch = {
	...place,
	messages: [
		{
			...place,
			offset: "7",
			key: null,
			value: Buffer.from("7"),
			headers: [],
			timestampMs: 0,
		},
	],
};

/** Partitions of one session of kafkajs, as far as pausing goes. */
function openSession(handleBatch: PartitionStateDeps["handleBatch"]) {
	let isPaused = false;
	const deps: PartitionStateDeps = {
		session: {
			pause: () => {
				isPaused = true;
			},
			resume: () => {
				isPaused = false;
			},
			seek: () => {},
			commit: async () => {},
			close: async () => {},
		},
		commits: { mark: () => {}, forget: () => {}, flush: async () => {} },
		limit: limitConcurrency(1),
		log: silentLog,
		backoff: { firstMs: 10, maxMs: 10 },
		handleBatch,
		judgeFailure: async () => "again",
		setAside: async () => {},
		commitOnReturn: true,
		isPaused: () => false,
	};
	const open = () => createPartitionState(place.topic, place.partition, deps);
	return { open, isPaused: () => isPaused };
}

test("partition state: one that was lost while its batch took long does not pause its successor", async () => {
	const begun = Promise.withResolvers<void>();
	const end = Promise.withResolvers<void>();
	const session = openSession(async () => {
		begun.resolve();
		await end.promise;
	});
	const former = session.open();
	const handed = former.handle(batch, 50);
	await begun.promise;
	former.lose();
	session.open().settle();
	await handed;
	assert.equal(session.isPaused(), false);
	end.resolve();
	await former.handle(batch, 50);
	assert.equal(session.isPaused(), false);
});

test("partition state: a batch that takes long pauses its partition until it is over", async () => {
	const end = Promise.withResolvers<void>();
	const session = openSession(() => end.promise);
	const mine = session.open();
	await mine.handle(batch, 10);
	assert.equal(session.isPaused(), true);
	end.resolve();
	await new Promise(setImmediate);
	assert.equal(session.isPaused(), false);
});
