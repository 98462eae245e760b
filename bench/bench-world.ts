import { rmSync } from "node:fs";
import path from "node:path";
import { Client, Connection } from "@temporalio/client";
import type { KafkaSettings } from "../src/messaging/kafka-client.ts";
import { createTopicTable, type TopicTable } from "../src/messaging/topics.ts";
import { dataConverter } from "../src/temporal/payload-codec.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { readRecord } from "../stack/stack-record.ts";
import { bareTopics } from "./bare/names.ts";
import { startBare } from "./bare/start.ts";
import { createBenchTopics } from "./bench-topics.ts";
import { type Floor, startFloor } from "./floor.ts";
import { listeningPid } from "./listening-pid.ts";
import { openPlanTraffic, type PlanTraffic } from "./plan-traffic.ts";
import { quietLog } from "./quiet-log.ts";
import type { ServerPorts } from "./request-names.ts";
import type { Scale } from "./scale.ts";
import { type Service, sourceRoot, startService } from "./service.ts";

/** Everything a part of the benchmark works with. */
export interface BenchWorld {
	scale: Scale;
	stack: Stack;
	service: Service;
	traffic: PlanTraffic;
	floor: Floor;
	client: Client;
	kafka: KafkaSettings;
	topics: TopicTable;
	/** Of the service. */
	database: string;
	/** Profiles and logs of the service's processes. */
	outputDirectory: string;
	/** Starts another service on the same servers, with its own topics and database; it stops with this world. */
	openRival(rival: Rival): Promise<BenchWorld>;
	/** Starts the same plan in bare code on the same servers; it stops with this world. */
	openBare(): Promise<BenchWorld>;
	serverPid(name: "temporal" | "kafka" | "mongodb" | "redis"): number;
	say(line: string): void;
	stop(): Promise<void>;
}

/** A service to compare with. */
export interface Rival {
	/** Where its source code is. */
	root?: string;
	/** Settings that it has beside the usual ones. */
	env?: Readonly<Record<string, string>>;
}

export interface WorldOptions {
	scale: Scale;
	say(line: string): void;
	signal: AbortSignal;
}

export const benchDirectory = path.join(
	import.meta.dirname,
	"..",
	".stack",
	"bench",
);
export const GROUP_ID = "bench-orchestrator";
/** Before the names of the rival's topics and consumer groups. */
const RIVAL = "rival.";
const DATABASE = "bench";
const RIVAL_DATABASE = "rival";

/** Plans that wait for results must outlive the measurement, and no training runs beside it. */
const PATIENCE = {
	TICKET_QUEUE_ALLOWANCE_MS: "7200000",
	ML_RETRAINING_TRIGGERS_ENABLED: "false",
};

/** Real servers with nothing in them, the service one process a role, the floor's worker, the traffic. */
export async function openWorld(options: WorldOptions): Promise<BenchWorld> {
	// The stack tells Java to start quickly; what is measured should run with the optimising compiler.
	process.env._JAVA_OPTIONS = "-XX:TieredStopAtLevel=4";
	const stack = await startStack({
		directory: benchDirectory,
		fresh: true,
		report: options.say,
		signal: options.signal,
	});
	const stops: (() => Promise<unknown>)[] = [() => stack.stop()];
	const stop = async () => {
		for (const end of stops.toReversed()) await end().catch(console.error);
		stops.length = 0;
	};
	try {
		return { ...(await openParts(stack, options, stops)), stop };
	} catch (error) {
		await stop();
		throw error;
	}
}

async function openParts(
	stack: Stack,
	{ scale, say }: WorldOptions,
	stops: (() => Promise<unknown>)[],
): Promise<Omit<BenchWorld, "stop">> {
	const outputDirectory = path.join(benchDirectory, "service");
	rmSync(outputDirectory, { recursive: true, force: true });
	const brokers = [stack.env.KAFKA_BOOTSTRAP_SERVERS as string];
	const kafka = { brokers, clientId: "bench", log: quietLog };
	const topics = createTopicTable();
	await createBenchTopics(kafka, topics);
	const connection = await Connection.connect({
		address: stack.env.TEMPORAL_HOST as string,
	});
	stops.push(() => connection.close());
	const client = new Client({
		connection,
		dataConverter,
	});
	const floor = await startFloor(client, stack.env);
	stops.push(() => floor.stop());
	say("service: starting worker, intake and api, a process each");
	const start = (root: string, env: Rival["env"], logDirectory: string) =>
		startService({
			root,
			env: {
				...stack.env,
				...PATIENCE,
				KAFKA_CONSUMER_GROUP_ID: GROUP_ID,
				MONGODB_DATABASE: DATABASE,
				...env,
			},
			serverPorts: portsOf(stack),
			logDirectory,
		});
	const service = await start(sourceRoot, {}, outputDirectory);
	stops.push(() => service.stop());
	const traffic = await openPlanTraffic(kafka, topics);
	stops.push(() => traffic.stop());
	const world: Omit<BenchWorld, "stop"> = {
		scale,
		stack,
		service,
		traffic,
		floor,
		client,
		kafka,
		topics,
		database: DATABASE,
		outputDirectory,
		serverPid(name) {
			const own = readRecord(benchDirectory).processes[name];
			const given = stack.servers.find((one) => one.name === name);
			const pid = own?.pid ?? listeningPid(given?.address);
			if (pid === undefined)
				throw new Error(
					`${name} runs elsewhere: CPU is read from /proc, so a server whose address is given must run on this machine`,
				);
			return pid;
		},
		say,
		async openRival({ root = sourceRoot, env }: Rival): Promise<BenchWorld> {
			say("rival: starting worker, intake and api, a process each");
			const own = {
				KAFKA_TOPIC_PREFIX: RIVAL,
				KAFKA_CONSUMER_GROUP_ID: `${RIVAL}${GROUP_ID}`,
				MONGODB_DATABASE: RIVAL_DATABASE,
				TEMPORAL_TASK_QUEUE: "rival",
			};
			const directory = `${outputDirectory}-rival`;
			const names = createTopicTable({ prefix: RIVAL });
			const beside = await openBeside(names, directory, () =>
				start(root, { ...own, ...env }, directory),
			);
			return { ...beside, database: RIVAL_DATABASE };
		},
		async openBare(): Promise<BenchWorld> {
			say("bare code: starting worker and intake");
			return await openBeside(bareTopics, `${outputDirectory}-bare`, () =>
				startBare(stack.env),
			);
		},
	};
	/** What else works on the same servers, with topics of its own. */
	async function openBeside(
		names: TopicTable,
		directory: string,
		startBeside: () => Promise<Service>,
	): Promise<BenchWorld> {
		await createBenchTopics(kafka, names);
		const its = await startBeside();
		stops.push(() => its.stop());
		const own = await openPlanTraffic(kafka, names);
		stops.push(() => own.stop());
		const parts = { ...world, topics: names, outputDirectory: directory };
		return { ...parts, service: its, traffic: own, stop: async () => {} };
	}
	return world;
}

function portsOf({ servers }: Stack): ServerPorts {
	const ports: ServerPorts = {};
	for (const { name, address } of servers) {
		const port = address.split(":").at(-1) ?? "";
		if (name === "kafka" || name === "mongodb" || name === "redis")
			ports[port] = name;
	}
	return ports;
}
