import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fanOutOf } from "../../bench/plan-shapes.ts";
import { openPlanTraffic } from "../../bench/plan-traffic.ts";
import {
	type CountedServer,
	countsSince,
	roundTrips,
} from "../../bench/request-names.ts";
import { sourceRoot, startService } from "../../bench/service.ts";
import { ensureTopics } from "../../src/messaging/ensure-topics.ts";
import { createTopicTable } from "../../src/messaging/topics.ts";
import { kafkaSettings, randomName } from "../messaging/broker.ts";
import { serverAddress } from "../support/server-address.ts";

const TICKETS = 100;
/** 0.13 are usual; one request for each ticket is a fault. */
const MAX_PER_TICKET = 0.5;

test("bench: a plan of a hundred tickets makes no round trip for each of them", async (t) => {
	const name = randomName();
	const topics = createTopicTable({ prefix: `${name}.`, maxPartitions: 2 });
	await ensureTopics(kafkaSettings(), topics, { replicationFactor: 1 });
	const traffic = await openPlanTraffic(kafkaSettings(), topics);
	t.after(() => traffic.stop());
	const logDirectory = mkdtempSync(path.join(tmpdir(), `${name}-`));
	t.after(() => rmSync(logDirectory, { recursive: true }));
	const service = await startService({
		root: sourceRoot,
		env: {
			KAFKA_TOPIC_PREFIX: `${name}.`,
			KAFKA_CONSUMER_GROUP_ID: name,
			TEMPORAL_TASK_QUEUE: name,
			MONGODB_DATABASE: name,
		},
		serverPorts: {
			[portOf("KAFKA_BOOTSTRAP_SERVERS")]: "kafka",
			[portOf("MONGODB_URI")]: "mongodb",
			[portOf("REDIS_CLUSTER_NODES")]: "redis",
		},
		logDirectory,
	});
	t.after(() => service.stop());

	const before = await service.requestCounts();
	const track = await traffic.submit(fanOutOf(TICKETS), "V1");
	await track.completed;
	const requests = countsSince(before, await service.requestCounts());
	// Time makes fetches, too, and a start its indexes.
	delete requests["kafka.fetch"];
	delete requests["mongodb.createIndexes"];
	const all = roundTrips(requests);
	for (const server of ["kafka", "mongodb", "redis"] as CountedServer[]) {
		assert.ok(all[server] > 0, `requests to ${server} are counted`);
		assert.ok(
			all[server] / TICKETS < MAX_PER_TICKET,
			`${server}: ${JSON.stringify(requests)}`,
		);
	}
});

function portOf(variable: Parameters<typeof serverAddress>[0]): string {
	return /\d+$/.exec(serverAddress(variable))?.[0] ?? assert.fail(variable);
}
