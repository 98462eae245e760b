import type { ConnectionOptions } from "node:tls";
import { type Db, MongoClient } from "mongodb";
import { withinMs } from "../deadline.ts";
import type { StorageContext } from "./storage-context.ts";

export interface MongoClientSettings {
	uri: string;
	database: string;
	maxPoolSize?: number;
	/** Speak TLS with these PEM texts; without it the connection string decides. */
	tls?: Pick<ConnectionOptions, "ca" | "cert" | "key"> | undefined;
}

/** Of the wait for a server, and of a connection's opening. */
export const SELECTION_TIMEOUT_MS = 2_000;
/** A connection that is silent for longer during a command is closed. */
const SOCKET_TIMEOUT_MS = 30_000;
/** How often the driver asks a server that nobody uses; a call that fails, or waits for a server, makes it ask at once. */
const HEARTBEAT_MS = 5_000;
/** The driver looks ten times a second for connections to close; one that is taken out is looked at anyway. */
const POOL_CHECK_MS = 1_000;
const CLOSE_TIMEOUT_MS = 2_000;
const countedEvents = [
	"connectionCreated",
	"connectionClosed",
	"connectionCheckedOut",
	"connectionCheckedIn",
] as const;

/** The driver's client; another one takes its place when it finds no server any more. */
export interface MongoConnection {
	/** Of the client at hand. */
	readonly database: Db;
	connect(): Promise<void>;
	/** Goes on with a new client; calls that wait for the old one fail. */
	renew(): void;
	close(): Promise<void>;
}

/** Connects with the first operation, and again after every outage. */
export function createMongoConnection(
	settings: MongoClientSettings,
	context: StorageContext,
): MongoConnection {
	let client = openCounted();

	function openCounted(): MongoClient {
		const opened = openMongoClient(settings);
		countConnections(opened, context.metrics);
		return opened;
	}

	return {
		get database() {
			return client.db(settings.database);
		},
		async connect() {
			// Resolves at once while connected; a wrong password is an outage like any other.
			await client.connect().catch((cause: unknown) => {
				throw new Error("no connection", { cause });
			});
		},
		renew() {
			const former = client;
			for (const event of countedEvents) former.removeAllListeners(event);
			client = openCounted();
			context.log.info({}, "mongodb has a new client");
			void closeClient(former, context);
		},
		close: () => closeClient(client, context),
	};
}

/** The driver's client, bounded in time; connects with `connect()` or the first operation. */
export function openMongoClient({
	uri,
	maxPoolSize = 20,
	tls,
}: MongoClientSettings): MongoClient {
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
	mongodbPoolCheckedOut.set(0);
	client.on("connectionCreated", () => mongodbPoolSize.inc(open));
	client.on("connectionClosed", () => mongodbPoolSize.inc(open, -1));
	client.on("connectionCheckedOut", () => mongodbPoolCheckedOut.inc());
	client.on("connectionCheckedIn", () => mongodbPoolCheckedOut.inc(-1));
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
