import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import type { DeadLetterSummary } from "../../src/domain/dead-letter.ts";
import type { TopicRole } from "../../src/messaging/topics.ts";
import { openAdmin } from "../messaging/broker.ts";
import {
	codecWriters,
	writeCompressed,
} from "../messaging/write-compressed.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const MB = 1_048_576;
const world = await openServiceWorld(
	{ after },
	{ env: { KAFKA_MAX_BATCH_BYTES: String(2 * MB) } },
);
const who = { actor: "e2e", reason: "a test asks" };

interface Answer {
	dead_letters: DeadLetterSummary[];
	checks: { records: { state: string; error?: string } };
	detail: string;
}

async function call(path: string, payload?: object) {
	const response = await fetch(`${world.address()}${path}`, {
		...(payload && {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(payload),
		}),
	});
	return { status: response.status, body: (await response.json()) as Answer };
}

async function lettersOf(reason: string): Promise<DeadLetterSummary[]> {
	const path = `/api/v1/dead-letters?state=open&limit=100&reason=${reason}`;
	return (await call(path)).body.dead_letters;
}

async function checkOfRecords() {
	const { body } = await call("/health");
	return body.checks.records;
}

const goodDecision = () =>
	buildDecision(buildPlan({ plan_id: newPlanId("good"), tasks: chain(2) }));

test("hostile records: bombs on every topic stop no partition, and are accounted for", async () => {
	assert.equal((await checkOfRecords()).state, "up");
	const roles = [
		"consensus",
		"results",
		"resultsRetry",
		"ticketsDlq",
		"approvalResponses",
		"consensusDlq",
	] satisfies TopicRole[];
	const bomb = "x".repeat(8 * MB);
	const { gzip, lz4, zstd, "snappy, framed": snappy } = codecWriters;
	const writers = [gzip, lz4, zstd, snappy];
	for (const role of roles)
		for (const writer of writers)
			await writeCompressed(world.topic(role), [bomb], writer);
	// Keys of many plans: each partition has some behind its bombs.
	const decisions = Array.from({ length: 12 }, goodDecision);
	await world.publish(...decisions);
	for (const { plan_id } of decisions)
		assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");

	const letters = await world.eventually(async () => {
		const found = await lettersOf("BATCH_TOO_LARGE");
		return found.length === roles.length * writers.length && found;
	});
	const places = letters.map(({ source }) => source?.topic).sort();
	const expected = roles.flatMap((role) =>
		writers.map(() => world.topic(role)),
	);
	assert.deepEqual(places, expected.sort());
	const check = await world.eventually(async () => {
		const now = await checkOfRecords();
		return now.state === "down" && now;
	});
	assert.match(check.error ?? "", /24 BATCH_TOO_LARGE/);
});

test("hostile records: what is too large to be read goes back with another body only", async () => {
	const all = await lettersOf("BATCH_TOO_LARGE");
	const letter = all.find(
		({ source }) => source?.topic === world.topic("consensus"),
	);
	const path = `/api/v1/dead-letters/${letter?.id}`;
	const refused = await call(`${path}/redrive`, who);
	assert.ok(refused.status >= 400 && refused.status < 500, `${refused.status}`);
	assert.match(refused.body.detail, /takes more than 2097152 bytes/);
	const body = goodDecision();
	const sent = await call(`${path}/redrive`, { ...who, body });
	assert.equal(sent.status, 200);
	assert.equal((await world.finalPlan(body.plan_id)).status, "SUCCESS");
	for (const { id } of await lettersOf("BATCH_TOO_LARGE"))
		await call(`/api/v1/dead-letters/${id}/discard`, who);
	await world.eventually(async () => (await checkOfRecords()).state === "up");
});

test("hostile records: decisions that Kafka deleted unread are told", async (t) => {
	await world.killService();
	const topic = world.topic("consensus");
	await world.publish(...Array.from({ length: 20 }, goodDecision));
	const admin = await openAdmin(t);
	const places = await admin.fetchTopicOffsets(topic);
	const [group] = await admin.fetchOffsets({
		groupId: world.name,
		topics: [topic],
	});
	// A killed service may not have committed the last decision it dealt with; and where it never committed,
	// nobody can tell that records are missing: it begins with the first there is.
	const unread = places.reduce((sum, { partition, high }) => {
		const read = group?.partitions.find((one) => one.partition === partition);
		const next = Number(read?.offset ?? -1);
		return next < 0 ? sum : sum + Number(high) - next;
	}, 0);
	assert.ok(unread > 0);
	await admin.deleteTopicRecords({
		topic,
		partitions: places.map(({ partition, high }) => ({
			partition,
			offset: high,
		})),
	});
	await world.startService();
	const decision = goodDecision();
	await world.publish(decision);
	assert.equal((await world.finalPlan(decision.plan_id)).status, "SUCCESS");
	const letters = await world.eventually(async () => {
		const found = await lettersOf("RECORDS_DELETED");
		const count = found.reduce(
			(sum, { source, last_offset = source?.offset }) =>
				sum + Number(last_offset) - Number(source?.offset) + 1,
			0,
		);
		return count === unread && found;
	});
	assert.match(letters[0]?.message ?? "", /deleted by Kafka's retention/);
	const { error } = await world.eventually(async () => {
		const now = await checkOfRecords();
		return now.state === "down" && now;
	});
	assert.match(error ?? "", /RECORDS_DELETED/);
	const metrics = await (await fetch(`${world.address()}/metrics`)).text();
	const line = metrics
		.split("\n")
		.filter((text) => text.includes("records_set_aside_total{"))
		.filter((text) => text.includes("RECORDS_DELETED"));
	assert.equal(line.length, 1);
	assert.match(line[0] ?? "", new RegExp(` ${unread}$`));
});
