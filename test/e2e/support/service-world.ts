import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Document, MongoClient } from "mongodb";
import { createDemoApi, type DemoApi } from "../../../demo/api.ts";
import { isFinal, type PlanView } from "../../../demo/judge.ts";
import { type Service, startService } from "../../../demo/service.ts";
import { textHeaders } from "../../../src/domain/record-headers.ts";
import { Lifecycle } from "../../../src/lifecycle.ts";
import { toDecisionMessage } from "../../../src/messaging/decision-message.ts";
import { fromText } from "../../../src/messaging/outgoing-message.ts";
import { createProducer } from "../../../src/messaging/producer.ts";
import { createTopicTable } from "../../../src/messaging/topics.ts";
import type { AgentSettings } from "../../../stack/agents/settings.ts";
import { startAgents } from "../../../stack/agents/start-agents.ts";
import { serverAddress } from "../../support/server-address.ts";
import { patiently } from "./patiently.ts";
import { openTopicRecords, type ReadRole } from "./topic-records.ts";

export interface ServiceWorldOptions {
	/** Beside the world's own topics, group, queue and database. */
	env?: Record<string, string>;
	registryUrl?: string;
	agents?: {
		/** 0 where the service asks for tokens: the world looks for its agents without one. */
		count?: number;
		durationMs?: number;
		concurrency?: number;
		/** A plan that names it is not given agents of other worlds: all share one registry. */
		namespace?: string;
	};
}

const silent = () => {};
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** Small times, so that retries, time-outs and look-ups happen within seconds. */
const quickSettings = {
	LOG_LEVEL: "info",
	TICKET_RETRY_BACKOFF_MS: "100",
	SLA_TICKET_MIN_TIMEOUT_MS: "20000",
	RESULT_RETRY_DELAY_MS: "500",
};

/**
 * The whole service as a process of its own on the real servers, with worker agents, topics, group,
 * task queue and database that nobody else has. Its log is kept in the folder E2E_LOGS, if that is set.
 */
export async function openServiceWorld(
	hooks: { after(close: () => Promise<void>): void },
	{ env = {}, registryUrl, agents = {} }: ServiceWorldOptions = {},
) {
	const name = `e2e-${randomUUID().slice(0, 8)}`;
	const topicNames = { prefix: `${name}.` };
	const topics = createTopicTable(topicNames);
	const brokers = serverAddress("KAFKA_BOOTSTRAP_SERVERS").split(",");
	const kafka = { brokers, clientId: name, log };
	const kept = process.env.E2E_LOGS;
	const directory = mkdtempSync(path.join(kept ?? tmpdir(), `${name}-`));
	const lifecycle = new Lifecycle();
	hooks.after(async () => {
		await lifecycle.stop();
		if (kept === undefined) rmSync(directory, { recursive: true });
	});

	const mongo = await lifecycle.start(
		"MongoDB's client",
		() => new MongoClient(serverAddress("MONGODB_URI")).connect(),
		async (client) => {
			await client.db(name).dropDatabase();
			await client.close();
		},
	);

	let service: Service | undefined;
	async function start(): Promise<void> {
		service = await startService({
			directory,
			signal: new AbortController().signal,
			env: {
				...quickSettings,
				KAFKA_TOPIC_PREFIX: topicNames.prefix,
				KAFKA_CONSUMER_GROUP_ID: name,
				TEMPORAL_TASK_QUEUE: name,
				MONGODB_DATABASE: name,
				TICKETS_CONSUMER_GROUP_ID: `${name}-agents`,
				...(registryUrl && { KAFKA_SCHEMA_REGISTRY_URL: registryUrl }),
				...env,
			},
			...(service && { port: Number(new URL(service.address).port) }),
		});
	}
	await lifecycle.start("the service", start, () => service?.stop());
	const api = createDemoApi((service as unknown as Service).address);

	const records = await lifecycle.start(
		"the reader of topics",
		() => openTopicRecords(kafka, topics, registryUrl),
		(one) => one.stop(),
	);
	const producer = await lifecycle.start(
		"the producer",
		() => createProducer({ ...kafka, compression: "gzip" }),
		(one) => one.close(),
	);
	/** Agents of the world's group, beside those that are there. */
	async function openAgents(
		idPrefix: string,
		settings: Partial<AgentSettings>,
		count = 1,
	) {
		let isKilled = false;
		const agents = await lifecycle.start(
			`the worker agents ${idPrefix}`,
			async () => {
				const started = await startAgents({
					agents: count,
					idPrefix,
					brokers,
					redisNodes: serverAddress("REDIS_CLUSTER_NODES").split(","),
					apiUrl: (service as unknown as Service).address,
					topicNames,
					groupId: `${name}-agents`,
					...(registryUrl && { registryUrl }),
					settings,
				});
				await started.ready();
				return started;
			},
			async (one) => {
				if (!isKilled) await one.stop();
			},
		);
		return {
			async kill() {
				isKilled = true;
				await agents.kill();
			},
		};
	}
	const { count = 2, durationMs = 20, concurrency = 50 } = agents;
	const { namespace = "default" } = agents;
	if (count > 0) {
		const idPrefix = `agent-${randomUUID().slice(0, 6)}`;
		const durations = { min: 1, max: durationMs };
		await openAgents(
			idPrefix,
			{ durationMs: durations, concurrency, namespace },
			count,
		);
		// They have registered; that the service has read of it is another thing.
		const last = `/api/v1/workers/${idPrefix}-${count}`;
		const { address } = service as unknown as Service;
		await patiently(async () => (await fetch(new URL(last, address))).ok);
	}

	async function planWith(
		planId: string,
		condition: (view: PlanView) => boolean,
	): Promise<PlanView> {
		let last: PlanView | undefined;
		return await patiently(async () => {
			last = await api.plan(planId);
			return last !== undefined && condition(last) && last;
		}).catch((cause: unknown) => {
			throw new Error(`plan ${planId}: ${JSON.stringify(last)}`, { cause });
		});
	}

	return {
		name,
		api: api as DemoApi,
		address: () => (service as unknown as Service).address,
		/** The name of the world's own topic. */
		topic: (role: keyof typeof topics) => topics[role].name,
		/** Puts records on `plans.consensus` in one go: objects as JSON with their key, bytes as they are. */
		async publish(...decisions: (object | Buffer)[]) {
			const topic = topics.consensus.name;
			return await producer.send(
				decisions.map((decision) =>
					Buffer.isBuffer(decision)
						? fromText({ topic, key: null, value: decision })
						: toDecisionMessage(topic, decision),
				),
			);
		},
		/** Puts a decision on `plans.consensus` that comes from this span. */
		async publishFrom(traceparent: string, decision: object) {
			const message = toDecisionMessage(topics.consensus.name, decision);
			const headers = [...message.headers, ...textHeaders({ traceparent })];
			await producer.send([{ ...message, headers }]);
		},
		/** Puts bytes on any topic. */
		async publishOn(role: keyof typeof topics, ...values: Buffer[]) {
			const topic = topics[role].name;
			await producer.send(
				values.map((value) => fromText({ topic, key: "k", value })),
			);
		},
		records: (role: ReadRole) => records.on(role),
		/** Records of one plan: tickets and telemetry name it. */
		recordsOf: (role: ReadRole, planId: string) =>
			records.on(role).filter(({ body }) => body.plan_id === planId),
		openAgents,
		eventually: patiently,
		planWith,
		/** The plan as the API shows it once it is final. */
		async finalPlan(planId: string) {
			return await planWith(planId, isFinal);
		},
		/** What lies in MongoDB, by a field of the documents. */
		async documents(collection: string, filter: Document): Promise<Document[]> {
			return await mongo.db(name).collection(collection).find(filter).toArray();
		},
		/** Puts these in place of everything that a collection has. */
		async replaceDocuments(
			collection: string,
			documents: Document[],
		): Promise<void> {
			const target = mongo.db(name).collection(collection);
			await target.deleteMany({});
			await target.insertMany(documents);
		},
		async collections(): Promise<string[]> {
			const found = await mongo.db(name).listCollections().toArray();
			return found.map((collection) => collection.name);
		},
		/** What the service has logged. */
		log: () => readFileSync((service as unknown as Service).logFile, "utf8"),
		/** SIGKILL; resolves when the process is gone. */
		async killService() {
			service?.kill();
			await service?.exited;
		},
		/** Starts the service again, at the same address. */
		startService: start,
	};
}

export type ServiceWorld = Awaited<ReturnType<typeof openServiceWorld>>;

/** A plan id nobody else has. */
export function newPlanId(name: string): string {
	return `${name}-${randomUUID().slice(0, 8)}`;
}
