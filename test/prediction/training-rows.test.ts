import assert from "node:assert/strict";
import { test } from "node:test";
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
	const { tickets, found, skipped } =
		await createEndedAttempts(mongo).sample(all);
	assert.deepEqual([found, skipped], [50, {}]);
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
	const { tickets, skipped } = await createEndedAttempts(mongo).sample(all);
	assert.deepEqual(skipped, { no_number: 2, clock: 1, no_ticket: 1 });
	const found = new Map(tickets.map((one) => [one.ticket_id, one]));
	assert.deepEqual([...found.keys()].toSorted(), ["t-1", "t-5", "t-7"]);
	const bounded = found.get("t-1");
	assert.equal(
		bounded?.actual_duration_ms,
		bounded && bounded.ended_at_ms - bounded.at_ms,
	);
	assert.equal(found.get("t-5")?.actual_duration_ms, 700);
});

test("training rows: pages leave nothing out and bring nothing twice, also where many end at once", async (t) => {
	const { mongo } = await openMongo(t);
	const made = endingAt(makeHistory({ tickets: 2_300 }), now).map((one) => ({
		...one,
		ended_at_ms: Math.max(now - 3, one.ended_at_ms),
	}));
	await storeEnded(mongo, made);
	const attempts = createEndedAttempts(mongo);
	const seen: string[] = [];
	let after = { ms: 0, id: "" };
	for (let pages = 1; ; pages += 1) {
		const page = await attempts.readPage(after, now + 1);
		seen.push(...page.finished.map((one) => one.ticket_id));
		after = page.next ?? after;
		if (!page.isFull) {
			assert.equal(pages, 3);
			break;
		}
	}
	assert.equal(seen.length, 2_300);
	assert.equal(new Set(seen).size, 2_300);
	const sample = await attempts.sample({ ...all, limit: 100 });
	assert.deepEqual([sample.tickets.length, sample.found], [100, 2_300]);
});
