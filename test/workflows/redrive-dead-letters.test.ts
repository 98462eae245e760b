import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Client } from "@temporalio/client";
import type { LetterSender } from "../../activities/redrive-dead-letters.ts";
import { createRedriveClient } from "../../src/dead-letters/redrive-client.ts";
import { createDeadLetterSteps } from "../../src/dead-letters/settle.ts";
import { createDeadLetterStore } from "../../src/dead-letters/store.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { deadLetter, recordBy, redriveOf } from "../support/dead-letters.ts";
import { eventually } from "../support/eventually.ts";
import { openWorld } from "../support/plan-world.ts";
import { openMongo } from "../support/stores.ts";

const WAIT_MS = 60_000;

/** Real letters in MongoDB, the real workflow; what is sent is kept. */
async function openRedrives(
	t: TestContext,
	send: LetterSender["send"] = async () => {},
) {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const steps = createDeadLetterSteps(mongo);
	const sent: { id: string; body: string }[] = [];
	const world = await openWorld(t, {
		deadLetters: { ...letters, ...steps },
		letterSender: {
			async send(letter, body, redriveId) {
				await send(letter, body, redriveId);
				sent.push({ id: letter.id, body: String(body) });
			},
		},
	});
	const { client, taskQueue } = world;
	const redrives = createRedriveClient({ client: () => client, taskQueue });
	return { world, letters, steps, sent, redrives };
}

function someLetters(count: number) {
	return Array.from({ length: count }, (_, n) =>
		deadLetter({
			offset: String(n),
			dead_at: n,
			original: Buffer.from(String(n)),
		}),
	);
}

test("redrive: letters go back once, whoever asks at the same time", async (t) => {
	const { letters, sent, redrives } = await openRedrives(t);
	const all = someLetters(5);
	const ids = all.map(({ id }) => id);
	await letters.add(all);
	const requests = [1, 2, 3].map(() => redriveOf([...ids, "nowhere:0:0"]));
	await Promise.all(requests.map((request) => redrives.start(request)));
	const outcomes = await Promise.all(
		requests.map(({ redrive_id }) => redrives.outcome(redrive_id, WAIT_MS)),
	);
	const sum = (name: "redriven" | "skipped") =>
		outcomes.reduce((total, one) => total + (one?.[name] ?? 0), 0);
	assert.equal(sum("redriven"), 5);
	assert.equal(sum("skipped"), 13);
	assert.deepEqual(sent.map(({ id }) => id).sort(), ids);
	for (const id of ids)
		assert.equal((await letters.read(id))?.state, "redriven");
});

test("redrive: a crash before the message is sent loses nothing, and the corrected body goes", async (t) => {
	let attempts = 0;
	const { letters, sent, redrives } = await openRedrives(t, async () => {
		attempts += 1;
		if (attempts === 1) {
			throw new OrchestratorError("PUBLISH_UNCONFIRMED", "kafka is away");
		}
	});
	const { id } = deadLetter();
	await letters.add([deadLetter()]);
	const request = redriveOf([id], { corrected: '{"mended":true}' });
	await redrives.start(request);
	// The same request again starts nothing.
	await redrives.start(request);
	const outcome = await redrives.outcome(request.redrive_id, WAIT_MS);
	assert.equal(outcome?.redriven, 1);
	assert.deepEqual(sent, [{ id, body: '{"mended":true}' }]);
	const letter = await letters.read(id);
	assert.equal(letter?.state, "redriven");
	assert.deepEqual(
		letter?.history.map(({ action }) => action),
		["redrive-requested", "redriven"],
	);
});

test("redrive: its id stands for one request, also when it has ended", async (t) => {
	const { letters, sent, redrives } = await openRedrives(t);
	const { id } = deadLetter();
	await letters.add([deadLetter()]);
	const request = redriveOf([id]);
	assert.equal(await redrives.isStarted(request), false);
	await redrives.start(request);
	await redrives.outcome(request.redrive_id, WAIT_MS);
	const later = { ...request, requested_at: request.requested_at + 1 };
	assert.equal(await redrives.isStarted(later), true);
	await redrives.start(later);
	const other = { ...request, corrected: "{}" };
	const isReused = { code: "IDEMPOTENCY_KEY_REUSED" };
	await assert.rejects(redrives.start(other), isReused);
	await assert.rejects(redrives.isStarted(other), isReused);
	assert.equal(sent.length, 1);
	const progress = await redrives.read(request.redrive_id);
	assert.deepEqual([progress?.redriven, progress?.skipped], [1, 0]);
});

test("redrive: a crash between sending and its record sends once more", async (t) => {
	const { mongo } = await openMongo(t);
	const letters = createDeadLetterStore(mongo);
	const steps = createDeadLetterSteps(mongo);
	const sent: string[] = [];
	let settles = 0;
	const { client, taskQueue } = await openWorld(t, {
		deadLetters: {
			...letters,
			...steps,
			async settle(id, by) {
				settles += 1;
				if (settles === 2) {
					throw new OrchestratorError("STORE_UNAVAILABLE", "mongodb is away");
				}
				await steps.settle(id, by);
			},
		},
		letterSender: { send: async ({ id }) => void sent.push(id) },
	});
	const redrives = createRedriveClient({ client: () => client, taskQueue });
	const all = someLetters(3);
	await letters.add(all);
	const request = redriveOf(all.map(({ id }) => id));
	await redrives.start(request);
	const outcome = await redrives.outcome(request.redrive_id, WAIT_MS);
	assert.equal(outcome?.redriven, 3);
	const [a, b, c] =
		request.selection.kind === "ids" ? request.selection.ids : [];
	assert.deepEqual(sent, [a, b, b, c]);
});

test("redrive: a message the brokers refuse is open again, with the reason, and stops no other", async (t) => {
	const { letters, redrives } = await openRedrives(t, async ({ offset }) => {
		if (offset === "0") {
			throw new OrchestratorError("PUBLISH_REFUSED", "it is too large");
		}
	});
	const all = someLetters(2);
	await letters.add(all);
	const request = redriveOf(all.map(({ id }) => id));
	await redrives.start(request);
	const outcome = await redrives.outcome(request.redrive_id, WAIT_MS);
	assert.deepEqual(outcome, {
		state: "finished",
		redriven: 1,
		skipped: 0,
		failed: 1,
		stopped_by: null,
	});
	const letter = await letters.read(all[0]?.id ?? "");
	assert.equal(letter?.state, "open");
	assert.equal(letter?.history.at(-1)?.reason, "it is too large");
});

test("redrive: by filter, oldest first, only what is open and was dead when it was asked for", async (t) => {
	const { letters, steps, sent, redrives } = await openRedrives(t);
	const all = someLetters(8);
	await letters.add(all);
	await letters.add([deadLetter({ offset: "8", dead_at: 3, reason: "LATE" })]);
	await steps.discard(all[1]?.id ?? "", recordBy("discarded", null));
	const request = redriveOf([], {
		selection: { kind: "filter", filter: { reason: "MESSAGE_INVALID" } },
		requested_at: 5,
	});
	await redrives.start(request);
	const outcome = await redrives.outcome(request.redrive_id, WAIT_MS);
	assert.equal(outcome?.redriven, 5);
	assert.deepEqual(
		sent.map(({ body }) => body),
		["0", "2", "3", "4", "5"],
	);
});

test("redrive: a step has no more letters than a second may have", async (t) => {
	const { world, letters, redrives } = await openRedrives(t);
	const all = someLetters(7);
	await letters.add(all);
	const ids = all.map(({ id }) => id);
	const request = redriveOf(ids, { rate_per_second: 3 });
	await redrives.start(request);
	const outcome = await redrives.outcome(request.redrive_id, WAIT_MS);
	assert.equal(outcome?.redriven, 7);
	const kinds = await readKinds(world.client, request.redrive_id);
	assert.equal(kinds.filter((kind) => kind === "step").length, 3);
});

test("redrive: a timer stands between two steps, also for another worker", async (t) => {
	const { world, letters, sent, redrives } = await openRedrives(t);
	const all = someLetters(2);
	await letters.add(all);
	const ids = all.map(({ id }) => id);
	const request = redriveOf(ids, { rate_per_second: 0.1 });
	await redrives.start(request);
	const kinds = () => readKinds(world.client, request.redrive_id);
	await eventually(async () => (await kinds()).includes("timer"));
	assert.equal(sent.length, 1);
	// Everything the worker knew is replayed.
	await world.restartWorker();
	const outcome = await redrives.outcome(request.redrive_id, WAIT_MS);
	assert.equal(outcome?.redriven, 2);
	assert.deepEqual(await kinds(), ["step", "timer", "step"]);
	assert.deepEqual(
		sent.map(({ id }) => id),
		ids,
	);
});

async function readKinds(client: Client, redriveId: string): Promise<string[]> {
	const handle = client.workflow.getHandle(`redrive-${redriveId}`);
	const { events } = await handle.fetchHistory();
	return (events ?? []).flatMap((event) => {
		if (event.activityTaskScheduledEventAttributes) return ["step"];
		return event.timerStartedEventAttributes ? ["timer"] : [];
	});
}

test("redrive: it can be watched and stopped, and says who did", async (t) => {
	const { letters, sent, redrives } = await openRedrives(t);
	const all = someLetters(50);
	await letters.add(all);
	const request = redriveOf(
		all.map(({ id }) => id),
		{ rate_per_second: 0.1 },
	);
	await redrives.start(request);
	const progress = await eventually(async () => {
		const now = await redrives.read(request.redrive_id);
		return now?.redriven === 1 && now;
	});
	assert.equal(progress.state, "running");
	const by = { actor: "eve", reason: "wrong ones" };
	assert.equal(await redrives.stop(request.redrive_id, by), true);
	const outcome = await redrives.outcome(request.redrive_id, WAIT_MS);
	assert.equal(outcome?.state, "stopped");
	assert.deepEqual(outcome?.stopped_by, by);
	assert.equal(sent.length, 1);
	assert.equal(await redrives.stop(request.redrive_id, by), false);
	assert.equal((await redrives.read(request.redrive_id))?.state, "stopped");
	assert.equal(await redrives.read("nobody's"), undefined);
});
