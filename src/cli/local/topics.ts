import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "../../config.ts";
import { checkTopics } from "../../messaging/check-topics.ts";
import { ensureTopics } from "../../messaging/ensure-topics.ts";
import { kafkaOf, topicsOf } from "../../wiring/kafka-of.ts";
import { CliError } from "../cli-error.ts";
import type { TopicsReport } from "../render/topics.ts";
import type { CommandContext } from "../run-command.ts";
import { loadDirect, silentLog } from "./load-direct.ts";

/** A broker may not know for a moment what another one has created. */
const MOST_LOOKS = 20;
const LOOK_INTERVAL_MS = 250;

/** Compares the topics on the brokers with those this service wants. */
export async function reportTopics({
	io,
	progress,
}: CommandContext): Promise<TopicsReport> {
	const config = loadDirect(io);
	progress.say(`asking Kafka at ${config.kafka.brokers.join(", ")}`);
	return await report(config, []);
}

/** Creates what is missing and leaves the rest as it is. */
export async function applyTopics({
	io,
	progress,
}: CommandContext): Promise<TopicsReport> {
	const config = loadDirect(io);
	progress.say("creating missing topics");
	const { created } = await reach(config, () =>
		ensureTopics(kafkaOf(config, silentLog), topicsOf(config), {
			replicationFactor: config.kafka.topicReplicationFactor,
		}),
	);
	for (let looks = 1; ; looks += 1) {
		const found = await report(config, created);
		const isThere = found.topics.every(({ state }) => state !== "missing");
		if (isThere || looks === MOST_LOOKS) return found;
		await sleep(LOOK_INTERVAL_MS, undefined, { signal: io.signal });
	}
}

async function report(
	config: Config,
	created: string[],
): Promise<TopicsReport> {
	const topics = await reach(config, () =>
		checkTopics(kafkaOf(config, silentLog), topicsOf(config)),
	);
	return { brokers: [...config.kafka.brokers], created, topics };
}

async function reach<T>({ kafka }: Config, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (cause) {
		const where = kafka.brokers.join(", ");
		const why = cause instanceof Error ? cause.message : String(cause);
		throw new CliError("unreachable", `Kafka at ${where}: ${why}`, {
			remedy:
				"check KAFKA_BOOTSTRAP_SERVERS and the KAFKA_ settings; `orchestrator doctor` looks closer",
			cause,
		});
	}
}
