import assert from "node:assert/strict";
import { test } from "node:test";
import { createEndReader } from "../../src/prediction/read-ends.ts";
import { createEndedAttempts } from "../../src/prediction/training-rows.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { endingAt, storeEnded } from "../support/ended-tickets.ts";
import { openMongo } from "../support/stores.ts";
import { makeHistory } from "../support/ticket-history.ts";

const now = 1_800_000_000_000;
const all = { fromMs: 0, toMs: now + 1 };

const change = (mongo: Mongo, collection: string, _id: string, $set: object) =>
	mongo.run({ collection, name: "change" }, (target) =>
		target.updateOne({ _id }, { $set }),
	);

test("training rows: a ticket comes back as it ended, with its size, tenant and worker", async (t) => {
	const { mongo } = await openMongo(t);
	const made = endingAt(makeHistory({ tickets: 50 }), now);
	await storeEnded(mongo, made);
	const { tickets, found } = await createEndedAttempts(mongo).sample(all);
	assert.equal(found, 50);
	const byId = new Map(made.map((one) => [one.ticket_id, one]));
	for (const ticket of tickets) {
		const {
			oracle_ms,
			made: _,
			day,
			...expected
		} = byId.get(ticket.ticket_id) as (typeof made)[number];
		const outMs = expected.ended_at_ms - expected.at_ms;
		assert.deepEqual(ticket, {
			...expected,
			tenant: tickets.find((one) => one.plan_id === ticket.plan_id)?.tenant,
			actual_duration_ms: Math.min(expected.actual_duration_ms, outMs),
			parameters_size: Math.max(8, expected.parameters_size),
			...{ queue_ms: null, prediction: null },
		});
	}
	const ends = tickets.map((one) => one.ended_at_ms);
	assert.deepEqual(ends, ends.toSorted());
});

test("training rows: no numbers, foreign clocks and tickets that are gone are bounded or left out, and counted", async (t) => {
	const { mongo } = await openMongo(t);
	const made = endingAt(makeHistory({ tickets: 8 }), now).map((one) => ({
		...{ ...one, completed: true, retry_count: 0 },
	}));
	await storeEnded(mongo, made);
	const attempt = (n: number, fields: object) =>
		change(mongo, "ticket_attempts", `t-${n}`, fields);
	const ticket = (n: number, fields: object) =>
		change(mongo, "execution_tickets", `of-t-${n}`, fields);
	await attempt(0, { actual_duration_ms: Number.NaN });
	await attempt(1, { actual_duration_ms: 1e12 });
	await attempt(2, { published_at: now + 5_000 });
	await attempt(3, { logical_ticket_id: "nobody" });
	await ticket(4, { estimated_duration_ms: Number.NaN });
	// Its start was reported, its duration was not.
	const began = (made[5]?.ended_at_ms ?? 0) - 700;
	await attempt(5, { actual_duration_ms: null });
	await ticket(5, { started_at: began });
	await attempt(6, { outcome: "cancelled" });
	const ids = made.map(({ ticket_id }) => ticket_id);
	const { finished, skipped } = await createEndedAttempts(mongo).read(ids);
	assert.deepEqual(skipped, { no_number: 2, clock: 1, no_ticket: 1 });
	const found = new Map(finished.map((one) => [one.ticket_id, one]));
	assert.deepEqual([...found.keys()].toSorted(), ["t-1", "t-5", "t-7"]);
	const bounded = found.get("t-1");
	assert.equal(
		bounded?.actual_duration_ms,
		bounded && bounded.ended_at_ms - bounded.at_ms,
	);
	assert.equal(found.get("t-5")?.actual_duration_ms, 700);
});

test("training rows: a sample is drawn from all that ended, also where many end at once", async (t) => {
	const { mongo } = await openMongo(t);
	await storeEnded(mongo, manyAtOnce());
	const attempts = createEndedAttempts(mongo);
	const whole = await attempts.sample(all);
	assert.equal(new Set(whole.tickets.map((one) => one.ticket_id)).size, 2_300);
	const sample = await attempts.sample({ ...all, limit: 100 });
	assert.deepEqual([sample.tickets.length, sample.found], [100, 2_300]);
});

test("training rows: pages of stored ends leave nothing out and bring nothing twice", async (t) => {
	const { mongo } = await openMongo(t);
	await storeEnded(mongo, manyAtOnce());
	const reader = createEndReader(createEndedAttempts(mongo));
	const seen: string[] = [];
	let sinceMs = 0;
	for (const expected of [1_000, 1_000, 300, 0]) {
		const page = await reader.read(sinceMs, now + 1);
		assert.equal(page.finished.length, expected);
		assert.equal(page.isFull, expected === 1_000);
		seen.push(...page.finished.map((one) => one.ticket_id));
		reader.done(page);
		sinceMs = page.untilMs;
	}
	assert.equal(new Set(seen).size, 2_300);
	assert.equal(sinceMs, now + 1);
});

test("training rows: a process that takes over after a full page leaves out none of the same millisecond", async (t) => {
	const { mongo } = await openMongo(t);
	const made = makeHistory({ tickets: 1_500 }).map((one, at) => ({
		...{ ...one, completed: true },
		...{ at_ms: now - 60_000, ended_at_ms: now - 1_000 + Math.floor(at / 7) },
	}));
	await storeEnded(mongo, made);
	const attempts = createEndedAttempts(mongo);
	const first = await createEndReader(attempts).read(0, now);
	assert.deepEqual([first.stored.size, first.isFull], [994, true]);
	const rest = await createEndReader(attempts).read(first.untilMs, now);
	const seen = [...first.stored.keys(), ...rest.stored.keys()];
	assert.deepEqual([seen.length, new Set(seen).size], [1_500, 1_500]);
	assert.equal(rest.isFull, false);
});

function manyAtOnce() {
	return endingAt(makeHistory({ tickets: 2_300 }), now).map((one) => ({
		...one,
		ended_at_ms: Math.max(now - 3, one.ended_at_ms),
	}));
}
