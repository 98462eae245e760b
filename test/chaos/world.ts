import path from "node:path";
import { Client, Connection } from "@temporalio/client";
import type { Admin, Kafka } from "kafkajs";
import { type Db, MongoClient } from "mongodb";
import { patchKafkajs } from "../../src/messaging/kafkajs-patch.ts";
import { createProducer, type Producer } from "../../src/messaging/producer.ts";
import { createTopicTable } from "../../src/messaging/topics.ts";
import { dataConverter } from "../../src/temporal/payload-codec.ts";
import { findFreePorts } from "../../stack/free-ports.ts";
import { type Stack, startStack } from "../../stack/stack.ts";
import type { Vitals } from "./evidence.ts";
import { createProcesses, type Processes } from "./processes.ts";
import { openKafka } from "./read-topics.ts";
import { openWatch, type Watch } from "./watch.ts";

/** The whole system on real servers, each part of which can be taken away, and what looks at it from outside. */
export interface World {
	readonly stack: Stack;
	readonly processes: Processes;
	readonly watch: Watch;
	readonly kafka: Kafka;
	readonly admin: Admin;
	readonly producer: Producer;
	readonly temporal: Client;
	readonly store: Db;
	readonly apiUrl: string;
	readonly logDirectory: string;
	/** Tells people what happens. */
	report(line: string): void;
	/** What went wrong by itself since the last look. */
	readonly troubles: string[];
	/** Of every process when nothing had happened yet. */
	readonly baseline: Map<string, Vitals>;
	close(): Promise<void>;
}

export interface WorldOptions {
	directory: string;
	/**
	 * Outages last seconds: agents keep their names over restarts, as in a StatefulSet (else nobody trusts
	 * them until old leases end), and results without a plan are given up early.
	 */
	isShort: boolean;
	signal: AbortSignal;
	report(line: string): void;
}

/** Every topic the evidence is read from. */
export const bookTopics = [
	"consensus",
	"consensusDlq",
	"tickets",
	"ticketsDlq",
	"results",
	"resultsDlq",
	"telemetry",
	"incidents",
] as const;

export const topics = createTopicTable();

/** What the harness looks at is smaller; what is larger somebody has written to do harm. */
const MAX_BATCH_BYTES = 16_777_216;

const RETRY_AGE_MS = 45_000;
const SHORT_RETRY_AGE_MS = 20_000;

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Starts servers and processes; resolves when all of them are ready. */
export async function openWorld(options: WorldOptions): Promise<World> {
	const { directory, signal, report } = options;
	const logDirectory = path.join(directory, "logs");
	const stack = await startStack({
		directory,
		fresh: true,
		report,
		signal,
		env: {},
	});
	const closers: (() => Promise<unknown>)[] = [() => stack.stop()];
	const close = async () => {
		for (const end of closers.reverse())
			await end().catch((error: unknown) => report(`not closed: ${error}`));
	};
	try {
		const troubles: string[] = [];
		const brokers = [stack.env.KAFKA_BOOTSTRAP_SERVERS as string];
		patchKafkajs(MAX_BATCH_BYTES);
		const kafka = openKafka(brokers);
		const admin = kafka.admin();
		await admin.connect();
		closers.push(() => admin.disconnect());
		const ports = await findFreePorts(6);
		const processes = createProcesses({
			env: stack.env,
			ports,
			logDirectory,
			namedAgents: options.isShort,
			retryMaxAgeMs: options.isShort ? SHORT_RETRY_AGE_MS : RETRY_AGE_MS,
			onTrouble: (what) => {
				report(what);
				troubles.push(what);
			},
		});
		closers.push(() => processes.stopAll());
		report("service: starting");
		await processes.startAll();
		report("service: ready");
		const producer = await createProducer({
			brokers,
			clientId: "chaos",
			log: silent,
			compression: "gzip",
		});
		closers.push(() => producer.close());
		const watch = await openWatch(kafka, producer);
		closers.push(() => watch.close());
		const mongo = new MongoClient(stack.env.MONGODB_URI as string);
		closers.push(() => mongo.close());
		const connection = Connection.lazy({
			address: stack.env.TEMPORAL_HOST as string,
		});
		closers.push(() => connection.close());
		return {
			stack,
			processes,
			watch,
			kafka,
			admin,
			producer,
			temporal: new Client({
				connection,
				dataConverter,
			}),
			store: mongo.db("neural_hive_orchestration"),
			apiUrl: processes.apiUrl,
			logDirectory,
			report,
			troubles,
			baseline: new Map(),
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}
