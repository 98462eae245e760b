import type { ConnectionOptions } from "node:tls";
import {
	BSON,
	type Db,
	MongoBulkWriteError,
	MongoClient,
	type MongoServerError,
} from "mongodb";
import { DeadlineError, withDeadline, withinMs } from "../deadline.ts";
import { OrchestratorError } from "../errors.ts";
import { inSpan, sampledTraceId } from "../trace-span.ts";
import { createIndexes } from "./indexes.ts";
import { createOutageGate, type OutageGate } from "./outage-gate.ts";
import type {
	ExplainOutage,
	Mongo,
	StorageContext,
} from "./storage-context.ts";

export interface MongoSettings {
	uri: string;
	database: string;
	maxPoolSize?: number;
	/** Speak TLS with these PEM texts; without it the connection string decides. */
	tls?: Pick<ConnectionOptions, "ca" | "cert" | "key"> | undefined;
	/** false: a process that asks for nothing connects to nothing. Default true. */
	createsIndexes?: boolean;
	/** Explains an outage, for the log. */
	explain?: ExplainOutage;
}

const SELECTION_TIMEOUT_MS = 2_000;
const OPERATION_TIMEOUT_MS = 2_000;
/** A connection that is silent for longer during a command is closed. */
const SOCKET_TIMEOUT_MS = 30_000;
/** How often the driver asks a server that nobody uses; a call that fails, or waits for a server, makes it ask at once. */
const HEARTBEAT_MS = 5_000;
/** The driver looks ten times a second for connections to close; one that is taken out is looked at anyway. */
const POOL_CHECK_MS = 1_000;
const PROBE_INTERVAL_MS = 1_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** Error codes of a server that is up but not the primary (any more). */
const NOT_PRIMARY_CODES = new Set([91, 189, 10107, 11600, 11602, 13435, 13436]);

/**
 * One client for the process. Returns at once, connects with the first operation and again after
 * every outage; creates the declared indexes in the background, unless it is told not to.
 */
export function createMongo(
	settings: MongoSettings,
	context: StorageContext,
): Mongo {
	const client = openMongoClient(settings);
	countConnections(client, context.metrics);
	const database = client.db(settings.database);
	const connection: Connection = {
		database,
		async connect() {
			// Resolves at once while connected; a wrong password is an outage like any other.
			await client.connect().catch((cause: unknown) => {
				throw new Error("no connection", { cause });
			});
		},
	};
	const gate = createGate(connection, context, settings.explain);
	const run = createRun(connection, gate, context.metrics);
	const stopping = new AbortController();
	const mongo: Mongo = {
		run,
		async ping() {
			const operation = { collection: "$cmd", name: "ping" };
			await run(operation, async () => await ask(connection));
		},
		noteCut(document) {
			const { collection } = document;
			context.metrics.documentsCut.inc({ collection });
			const text = "a document is larger than MongoDB takes: it is stored cut";
			context.log.error(document, text);
		},
		indexed: Promise.resolve(),
		async close() {
			stopping.abort();
			gate.close();
			await closeClient(client, context);
			await mongo.indexed;
		},
	};
	if (settings.createsIndexes !== false)
		mongo.indexed = createIndexes(mongo, context, stopping.signal);
	return mongo;
}

interface Connection {
	database: Db;
	connect(): Promise<void>;
}

/** The driver's client, bounded in time; connects with `connect()` or the first operation. */
export function openMongoClient({
	uri,
	maxPoolSize = 20,
	tls,
}: MongoSettings): MongoClient {
	const client = new MongoClient(uri, {
		...(tls === undefined ? {} : { ...tls, tls: true }),
		serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS,
		connectTimeoutMS: SELECTION_TIMEOUT_MS,
		socketTimeoutMS: SOCKET_TIMEOUT_MS,
		heartbeatFrequencyMS: HEARTBEAT_MS,
		maxPoolSize,
		ignoreUndefined: true,
	});
	// The driver's constructor refuses this option by name, and its pools read it.
	Object.assign(client.options, { minPoolSizeCheckFrequencyMS: POOL_CHECK_MS });
	return client;
}

function countConnections(
	client: MongoClient,
	{
		mongodbPoolSize,
		mongodbPoolCheckedOut,
	}: Pick<
		StorageContext["metrics"],
		"mongodbPoolSize" | "mongodbPoolCheckedOut"
	>,
): void {
	const open = { pool_type: "open" };
	mongodbPoolSize.set({ pool_type: "max" }, client.options.maxPoolSize);
	mongodbPoolSize.set(open, 0);
	client.on("connectionCreated", () => mongodbPoolSize.inc(open));
	client.on("connectionClosed", () => mongodbPoolSize.inc(open, -1));
	client.on("connectionCheckedOut", () => mongodbPoolCheckedOut.inc());
	client.on("connectionCheckedIn", () => mongodbPoolCheckedOut.inc(-1));
}

async function ask({ connect, database }: Connection): Promise<void> {
	await connect();
	await database.command({ ping: 1 });
}

function createGate(
	connection: Connection,
	{ log, metrics }: StorageContext,
	explain?: ExplainOutage,
): OutageGate {
	const labels = { store: "mongodb" };
	metrics.storeAway.set(labels, 0);
	return createOutageGate({
		probe: async () =>
			await withinMs(SELECTION_TIMEOUT_MS, async () => await ask(connection)),
		isOutage,
		mayBeSlow: (error) => error instanceof DeadlineError,
		probeIntervalMs: PROBE_INTERVAL_MS,
		onChange(outage) {
			metrics.storeAway.set(labels, outage === undefined ? 0 : 1);
			if (outage === undefined) log.info({}, "mongodb is back");
			else {
				const { cause } = outage;
				log.warn({ error: cause, ...explain?.(cause) }, "mongodb is away");
			}
		},
	});
}

function createRun(
	{ connect, database }: Connection,
	gate: OutageGate,
	metrics: StorageContext["metrics"],
): Mongo["run"] {
	return async (
		{ collection, name, timeoutMs = OPERATION_TIMEOUT_MS },
		work,
	) => {
		const labels = { collection, operation: name };
		const facts = {
			"db.system.name": "mongodb",
			"db.collection.name": collection,
			"db.operation.name": name,
		};
		const startMs = performance.now();
		const bounded = async () =>
			await withinMs(timeoutMs, async () => {
				await connect();
				return await work(database.collection(collection));
			});
		try {
			const result = await inSpan(`${name} ${collection}`, facts, () =>
				gate.run(bounded),
			);
			const durationSeconds = (performance.now() - startMs) / 1000;
			metrics.mongodbDurationSeconds.observe(
				labels,
				durationSeconds,
				sampledTraceId(),
			);
			return result;
		} catch (cause) {
			const error_type = cause instanceof Error ? cause.name : "unknown";
			metrics.mongodbErrors.inc({ ...labels, error_type });
			const what = `mongodb failed to ${name.replaceAll("_", " ")} in ${collection}`;
			const text = withDeadline(what, cause);
			throw new OrchestratorError("STORE_UNAVAILABLE", text, {
				cause,
				...labels,
			});
		}
	};
}

async function closeClient(
	client: MongoClient,
	{ log }: StorageContext,
): Promise<void> {
	try {
		await withinMs(CLOSE_TIMEOUT_MS, async () => await client.close(true));
	} catch (error) {
		// The sockets end with the process; every pending call was answered or refused.
		log.warn({ error }, "mongodb client did not close in time");
	}
}

/** Error codes for a document that MongoDB will never accept: bad values, or too large. */
const REFUSAL_CODES = new Set([2, 22, 10_334, 17_280, 17_419, 17_420]);

/** Whether MongoDB will never accept this write, because of its content. */
export function isRefusal(error: unknown): boolean {
	if (error instanceof BSON.BSONError) return true;
	if (error instanceof RangeError || error instanceof TypeError) return true;
	const { code, name } = error as Partial<MongoServerError>;
	return (
		name === "MongoInvalidArgumentError" || REFUSAL_CODES.has(Number(code))
	);
}

/** Error codes for a document that is too large, before or after an update. */
const SIZE_CODES = new Set([10_334, 17_419, 17_420]);

/**
 * Whether an operation failed because one of its documents is larger than MongoDB takes, or cannot be encoded
 * at all; every retry would fail the same way.
 */
export function isTooLarge(error: unknown): boolean {
	const { cause } = error as Error;
	if (cause instanceof BSON.BSONError) return true;
	if (cause instanceof RangeError || cause instanceof TypeError) return true;
	if (cause instanceof MongoBulkWriteError)
		return [cause.writeErrors, cause]
			.flat()
			.some(({ code }) => SIZE_CODES.has(Number(code)));
	if (!(cause instanceof Error)) return false;
	const { code, name, message } = cause as Partial<MongoServerError> & Error;
	if (name === "MongoInvalidArgumentError") return /larger than/.test(message);
	return SIZE_CODES.has(Number(code));
}

/** Whether the driver's error means that the server cannot be reached, and not that it refused. */
export function isOutage(error: unknown): boolean {
	if (error instanceof BSON.BSONError) return false;
	// Errors of the encoding: the document is too large, or a value has no type in MongoDB.
	if (error instanceof RangeError || error instanceof TypeError) return false;
	const { code, name, errorResponse } = error as Partial<MongoServerError>;
	if (name === "MongoInvalidArgumentError") return false;
	const isAnswer = typeof code === "number" || errorResponse?.ok === 0;
	return !isAnswer || NOT_PRIMARY_CODES.has(Number(code));
}
