import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { artifacts } from "../artifacts.ts";
import { cached } from "../download-cache.ts";
import { fetchJars } from "../fetch-jars.ts";
import { javaCommand } from "../java.ts";
import { runTool } from "../run-tool.ts";
import type { FetchContext, Place, Server } from "../server.ts";
import { brokerSettings, LOG_SETTINGS } from "./kafka-settings.ts";

const STOP_GRACE_MS = 15_000;
const CONNECT_TIMEOUT_MS = 1_000;
const ANSWER_TIMEOUT_MS = 5_000;

/** What a broker has beside the usual. */
export interface BrokerExtras {
	/** Ports beside those of its plain listener and its controller; they come third and later. */
	portCount: number;
	/** Settings that go before ours, as lines of server.properties. */
	settings(ports: readonly number[]): string;
	/** Further arguments of the storage's format. */
	formatArgs: readonly string[];
}

const noExtras: BrokerExtras = {
	portCount: 0,
	settings: () => "",
	formatArgs: [],
};

/** Apache Kafka as one KRaft node, from its Maven artifacts. */
export const kafka = createKafka(noExtras);

/** The same with more to it. */
export function createKafka(extras: BrokerExtras): Server<"kafka"> {
	return {
		name: "kafka",
		variable: artifacts.kafka.variable,
		portCount: 2 + extras.portCount,
		addressOf: ([port]) => `127.0.0.1:${port}`,
		async fetch(context) {
			const kind = `Apache Kafka ${artifacts.kafka.version}`;
			const jars = path.join(await fetchKafka(context), "*");
			return { kind, start: (place) => startBroker(jars, place, extras) };
		},
		ready: askGroupCoordinator,
		stop: (process) => process.end(STOP_GRACE_MS),
	};
}

function fetchKafka({ report, signal }: FetchContext): Promise<string> {
	const fill = (folder: string) => {
		report(`kafka: fetching (${artifacts.kafka.megabytes} MB) from Maven`);
		return fetchJars(artifacts.kafka, folder, signal);
	};
	return cached(artifacts.kafka, fill, signal);
}

async function startBroker(
	jars: string,
	place: Place,
	{ settings, formatArgs }: BrokerExtras,
) {
	const inData = (name: string) => path.join(place.dataDirectory, name);
	const settingsFile = inData("server.properties");
	const logSettingsFile = inData("log4j2.properties");
	// Of two lines for one setting the later one counts.
	const lines = brokerSettings(place.ports, inData("log"));
	await writeFile(settingsFile, lines + settings(place.ports));
	await writeFile(logSettingsFile, LOG_SETTINGS);
	await formatOnce({ jars, settingsFile, formatArgs }, place);
	const broker = javaCommand({
		classPath: [jars],
		mainClass: "kafka.Kafka",
		args: [settingsFile],
		maxHeapMegabytes: 512,
		options: [`-Dlog4j2.configurationFile=${logSettingsFile}`],
	});
	return place.spawn(broker);
}

/** Formats the storage unless a format has run to its end: it costs a second of Java. */
async function formatOnce(
	{
		jars,
		settingsFile,
		formatArgs,
	}: { jars: string; settingsFile: string; formatArgs: readonly string[] },
	{ dataDirectory, signal }: Place,
): Promise<void> {
	const marker = path.join(dataDirectory, "formatted");
	if (existsSync(marker)) return;
	const clusterId = randomBytes(16).toString("base64url");
	const { program, args } = javaCommand({
		classPath: [jars],
		mainClass: "kafka.tools.StorageTool",
		// Joined with =: a cluster id may begin with a dash.
		args: [
			...["format", `--cluster-id=${clusterId}`],
			...["--config", settingsFile, "--ignore-formatted", ...formatArgs],
		],
		maxHeapMegabytes: 128,
	});
	await runTool(program, args, signal);
	await writeFile(marker, clusterId);
}

/** A fresh broker knows its topics seconds before a consumer group can work: ask for what groups need. */
async function askGroupCoordinator(address: string): Promise<void> {
	const { patchKafkajs } = await import("../../src/messaging/kafkajs-patch.ts");
	const { Kafka, logLevel } = await import("kafkajs");
	patchKafkajs();
	const client = new Kafka({
		clientId: "stack-ready",
		brokers: address.split(","),
		logLevel: logLevel.NOTHING,
		connectionTimeout: CONNECT_TIMEOUT_MS,
		requestTimeout: ANSWER_TIMEOUT_MS,
		retry: { retries: 0 },
	});
	const admin = client.admin();
	try {
		await admin.connect();
		// Reads the metadata first, without which kafkajs never finds a coordinator.
		await admin.listGroups();
		await admin.fetchOffsets({ groupId: "stack-ready" });
	} finally {
		await admin.disconnect();
	}
}
