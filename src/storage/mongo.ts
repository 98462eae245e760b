import {
	BSON,
	type Collection,
	MongoClient,
	type MongoServerError,
} from "mongodb";
import { OrchestratorError } from "../errors.ts";
import { withinMs } from "./deadline.ts";
import { createIndexes } from "./indexes.ts";
import { createOutageGate } from "./outage-gate.ts";
import type {
	Mongo,
	MongoOperation,
	StorageContext,
	StoredDocument,
} from "./storage-context.ts";

export interface MongoSettings {
	uri: string;
	database: string;
	maxPoolSize?: number;
}

const SELECTION_TIMEOUT_MS = 2_000;
const OPERATION_TIMEOUT_MS = 2_000;
/** A connection that is silent for longer under a command is given up. */
const SOCKET_TIMEOUT_MS = 30_000;
const PROBE_INTERVAL_MS = 1_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** Answers of a server that is up but not, or no longer, the primary. */
const NOT_PRIMARY_CODES = new Set([91, 189, 10107, 11600, 11602, 13435, 13436]);

/**
 * One client for the process. Returns at once, connects with the first operation and again after
 * every outage; creates the declared indexes in the background.
 */
export function createMongo(
	settings: MongoSettings,
	{ log, metrics }: StorageContext,
): Mongo {
	const client = new MongoClient(settings.uri, {
		serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS,
		connectTimeoutMS: SELECTION_TIMEOUT_MS,
		socketTimeoutMS: SOCKET_TIMEOUT_MS,
		heartbeatFrequencyMS: 2_000,
		maxPoolSize: settings.maxPoolSize ?? 20,
		ignoreUndefined: true,
	});
	const database = client.db(settings.database);
	const gate = createOutageGate({
		probe: async () => await withinMs(SELECTION_TIMEOUT_MS, ask),
		isOutage,
		probeIntervalMs: PROBE_INTERVAL_MS,
		onChange(isAway) {
			metrics.storeAway.set({ store: "mongodb" }, isAway ? 1 : 0);
			if (isAway) log.warn({ error: gate.outage() }, "mongodb is away");
			else log.info({}, "mongodb is back");
		},
	});
	metrics.storeAway.set({ store: "mongodb" }, 0);

	async function connect(): Promise<void> {
		// Resolves at once while connected; a wrong password is an outage like any other.
		await client.connect().catch((cause: unknown) => {
			throw new Error("no connection", { cause });
		});
	}

	async function ask(): Promise<void> {
		await connect();
		await database.command({ ping: 1 });
	}

	async function run<T>(
		operation: MongoOperation,
		work: (collection: Collection<StoredDocument>) => Promise<T>,
	): Promise<T> {
		const { collection, name, timeoutMs = OPERATION_TIMEOUT_MS } = operation;
		const labels = { collection, operation: name };
		const startMs = performance.now();
		try {
			const result = await gate.run(
				async () =>
					await withinMs(timeoutMs, async () => {
						await connect();
						return await work(database.collection(collection));
					}),
			);
			const durationSeconds = (performance.now() - startMs) / 1000;
			metrics.mongodbDurationSeconds.observe(labels, durationSeconds);
			return result;
		} catch (cause) {
			const error_type = cause instanceof Error ? cause.name : "unknown";
			metrics.mongodbErrors.inc({ ...labels, error_type });
			throw new OrchestratorError(
				"STORE_UNAVAILABLE",
				`mongodb did not ${name.replaceAll("_", " ")} in ${collection}`,
				{ cause, ...labels },
			);
		}
	}

	const stopping = new AbortController();
	const mongo: Mongo = {
		run,
		async ping() {
			await run({ collection: "$cmd", name: "ping" }, async () => await ask());
		},
		indexed: Promise.resolve(),
		async close() {
			stopping.abort();
			gate.close();
			await withinMs(
				CLOSE_TIMEOUT_MS,
				async () => await client.close(true),
			).catch((error: unknown) => {
				log.warn({ error }, "mongodb client did not close in time");
			});
			await mongo.indexed;
		},
	};
	mongo.indexed = createIndexes(mongo, { log, metrics }, stopping.signal);
	return mongo;
}

/** Whether the error says that the server cannot be reached, rather than that it said no. */
function isOutage(error: unknown): boolean {
	if (error instanceof BSON.BSONError) return false;
	const { code, name, errorResponse } = error as Partial<MongoServerError>;
	if (name === "MongoInvalidArgumentError") return false;
	const isAnswer = typeof code === "number" || errorResponse?.ok === 0;
	return !isAnswer || NOT_PRIMARY_CODES.has(Number(code));
}
