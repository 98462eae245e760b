import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import kafkajs, { type Admin } from "kafkajs";
import type { Log } from "../../src/log.ts";
import type { KafkaSettings } from "../../src/messaging/kafka-client.ts";
import { patchKafkajs } from "../../src/messaging/kafkajs-patch.ts";

/** A name no other test has. */
export function randomName(): string {
	return `t-${randomUUID().slice(0, 8)}`;
}

export const silent: Log = {
	debug: () => undefined,
	info: () => undefined,
	warn: () => undefined,
	error: () => undefined,
};

/** The broker the tests talk to. */
export function brokers(): string[] {
	const servers = process.env.KAFKA_BOOTSTRAP_SERVERS;
	if (servers === undefined) {
		throw new Error(
			"KAFKA_BOOTSTRAP_SERVERS is not set: run `npm test`, or start the stack and load its `env`",
		);
	}
	return servers.split(",");
}

export function kafkaSettings(): KafkaSettings {
	return { brokers: brokers(), clientId: "test", log: silent };
}

/** A connected admin, closed at the end of the test. */
export async function openAdmin(t: TestContext): Promise<Admin> {
	patchKafkajs();
	const admin = new kafkajs.Kafka({
		brokers: brokers(),
		clientId: "test-admin",
		logLevel: kafkajs.logLevel.NOTHING,
	}).admin();
	t.after(() => admin.disconnect());
	await admin.connect();
	return admin;
}

/** A topic of the test's own. */
export async function createTopic(
	t: TestContext,
	partitions = 1,
): Promise<string> {
	const topic = randomName();
	const admin = await openAdmin(t);
	await admin.createTopics({
		topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }],
	});
	return topic;
}

/** Resolves when the condition holds; fails loudly after the deadline. */
export async function eventually<T>(
	what: string,
	condition: () => T | Promise<T>,
	deadlineMs = 20_000,
): Promise<NonNullable<T>> {
	const endMs = Date.now() + deadlineMs;
	for (;;) {
		const value = await condition();
		if (value) return value;
		if (Date.now() > endMs) throw new Error(`gave up waiting: ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}
