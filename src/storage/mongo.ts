import { BSON, MongoBulkWriteError, type MongoServerError } from "mongodb";
import { DeadlineError, withDeadline, withinMs } from "../deadline.ts";
import { OrchestratorError } from "../errors.ts";
import { inSpan, sampledTraceId } from "../trace-span.ts";
import { createIndexes } from "./indexes.ts";
import {
	createMongoConnection,
	type MongoClientSettings,
	type MongoConnection,
	SELECTION_TIMEOUT_MS,
} from "./mongo-connection.ts";
import { createOutageGate, type OutageGate } from "./outage-gate.ts";
import type {
	ExplainOutage,
	Mongo,
	StorageContext,
} from "./storage-context.ts";

export interface MongoSettings extends MongoClientSettings {
	/** false: a process that asks for nothing connects to nothing. Default true. */
	createsIndexes?: boolean;
	/** Explains an outage, for the log. */
	explain?: ExplainOutage;
}

const OPERATION_TIMEOUT_MS = 2_000;
const PROBE_INTERVAL_MS = 1_000;
/**
 * The driver has states it never leaves: its check of a server that does not stream its state never ends when it is
 * written to a socket that has ended and is not closed yet. So many probes that failed in a row bring a new client.
 */
const RENEW_AFTER_PROBES = 4;
/** Error codes of a server that is up but not the primary (any more). */
const NOT_PRIMARY_CODES = new Set([91, 189, 10107, 11600, 11602, 13435, 13436]);

/**
 * One client for the process at a time. Returns at once, connects with the first operation and again after
 * every outage; creates the declared indexes in the background, unless it is told not to.
 */
export function createMongo(
	settings: MongoSettings,
	context: StorageContext,
): Mongo {
	const connection = createMongoConnection(settings, context);
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
			await connection.close();
			await mongo.indexed;
		},
	};
	if (settings.createsIndexes !== false)
		mongo.indexed = createIndexes(mongo, context, stopping.signal);
	return mongo;
}

async function ask(connection: MongoConnection): Promise<void> {
	await connection.connect();
	await connection.database.command({ ping: 1 });
}

function createGate(
	connection: MongoConnection,
	{ log, metrics }: StorageContext,
	explain?: ExplainOutage,
): OutageGate {
	const labels = { store: "mongodb" };
	metrics.storeAway.set(labels, 0);
	let failedProbes = 0;
	return createOutageGate({
		async probe() {
			try {
				await withinMs(SELECTION_TIMEOUT_MS, () => ask(connection));
				failedProbes = 0;
			} catch (error) {
				failedProbes += 1;
				if (failedProbes % RENEW_AFTER_PROBES === 0) connection.renew();
				throw error;
			}
		},
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
	connection: MongoConnection,
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
				await connection.connect();
				return await work(connection.database.collection(collection));
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
