import type { ConnectionOptions } from "node:tls";
import { Cluster, Redis as SingleRedis } from "ioredis";
import { DeadlineError, withDeadline, withinMs } from "../deadline.ts";
import { OrchestratorError } from "../errors.ts";
import { inSpan } from "../trace-span.ts";
import { createOutageGate, type OutageGate } from "./outage-gate.ts";
import type { ExplainOutage, StorageContext } from "./storage-context.ts";

export type RedisClient = SingleRedis | Cluster;

export interface Redis {
	/**
	 * Runs one operation. Throws CACHE_UNAVAILABLE when it fails or takes longer than the time-out,
	 * at once while Redis is known to be away.
	 */
	run<T>(name: string, work: (client: RedisClient) => Promise<T>): Promise<T>;
	/** Values by key, null where there is none: one round trip. */
	getMany(keys: readonly string[]): Promise<(string | null)[]>;
	/** Sets all for the given time: one round trip. */
	setMany(
		entries: readonly (readonly [key: string, value: string])[],
		lifetimeSeconds: number,
	): Promise<void>;
	/** Resolves when Redis answers; throws CACHE_UNAVAILABLE otherwise. */
	ping(): Promise<void>;
	close(): Promise<void>;
}

export interface RedisSettings {
	/** `host:port`; one is a single server, several are a cluster. */
	nodes: readonly string[];
	username?: string | undefined;
	password?: string | undefined;
	/** Speak TLS, with these options of Node's. */
	tls?: ConnectionOptions | undefined;
	/** Adds to the log why a connection fails. */
	explain?: ExplainOutage;
	/** Default 400 ms: the longest delay for a caller on a hot path. */
	timeoutMs?: number;
}

const TIMEOUT_MS = 400;
const CONNECT_TIMEOUT_MS = 2_000;
/** Interval of probes while Redis is known to be away. */
export const PROBE_INTERVAL_MS = 500;
const MAX_RECONNECT_DELAY_MS = 1_000;

/**
 * One client for the process. Returns at once, connects in the background and again for ever.
 * Commands are never queued for a server that is away.
 */
export function createRedis(
	settings: RedisSettings,
	context: StorageContext,
): Redis {
	const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
	const client = openRedisClient(settings);
	sayWhyItFails(client, context.log, settings.explain);
	const gate = createGate(client, timeoutMs, context);
	const run = createRun({ client, gate, timeoutMs }, context.metrics);
	return {
		run,
		getMany: async (keys) => await getMany(run, keys),
		setMany: async (entries, lifetimeSeconds) =>
			await setMany(run, entries, lifetimeSeconds),
		async ping() {
			await run("ping", async (it) => await it.ping());
		},
		async close() {
			gate.close();
			client.disconnect();
		},
	};
}

/**
 * A failed call reports only that there is no connection; the client reports the reason here, at every
 * attempt. An "error" event without a listener would end the process.
 */
function sayWhyItFails(
	client: RedisClient,
	log: StorageContext["log"],
	explain?: ExplainOutage,
): void {
	let said = "";
	client.on("ready", () => {
		said = "";
	});
	client.on("error", (error: Error) => {
		const text = "redis connection failed";
		if (error.message === said) log.debug({ error }, text);
		else log.warn({ error, ...explain?.(error) }, text);
		said = error.message;
	});
}

function createGate(
	client: RedisClient,
	timeoutMs: number,
	{ log, metrics }: StorageContext,
): OutageGate {
	const labels = { store: "redis" };
	metrics.storeAway.set(labels, 0);
	return createOutageGate({
		probe: async () =>
			void (await withinMs(timeoutMs, async () => await client.ping())),
		isOutage: (error) => (error as Error).name !== "ReplyError",
		mayBeSlow: (error) => error instanceof DeadlineError,
		probeIntervalMs: PROBE_INTERVAL_MS,
		onChange(outage) {
			metrics.storeAway.set(labels, outage === undefined ? 0 : 1);
			if (outage === undefined) log.info({}, "redis is back");
			else log.warn({ error: outage.cause }, "redis is away");
		},
	});
}

interface Channel {
	client: RedisClient;
	gate: OutageGate;
	timeoutMs: number;
}

function createRun(
	{ client, gate, timeoutMs }: Channel,
	metrics: StorageContext["metrics"],
): Redis["run"] {
	const firstConnection = waitForFirstConnection(client);
	return async (name, work) => {
		const facts = { "db.system.name": "redis", "db.operation.name": name };
		const bounded = async () =>
			await withinMs(timeoutMs, async () => {
				await firstConnection;
				return await work(client);
			});
		try {
			return await inSpan(`redis ${name}`, facts, () => gate.run(bounded));
		} catch (cause) {
			metrics.redisErrors.inc({ operation: name });
			const what = `redis failed to ${name.replaceAll("_", " ")}`;
			const text = withDeadline(what, cause);
			throw new OrchestratorError("CACHE_UNAVAILABLE", text, {
				cause,
				operation: name,
			});
		}
	};
}

async function getMany(
	run: Redis["run"],
	keys: readonly string[],
): Promise<(string | null)[]> {
	if (keys.length === 0) return [];
	return await run("get_many", async (client) =>
		client instanceof SingleRedis
			? await client.mget(...keys)
			: // A cluster's keys lie on several nodes; the client sends each node its own in one go.
				await Promise.all(keys.map(async (key) => await client.get(key))),
	);
}

async function setMany(
	run: Redis["run"],
	entries: readonly (readonly [key: string, value: string])[],
	lifetimeSeconds: number,
): Promise<void> {
	if (entries.length === 0) return;
	await run("set_many", async (client) => {
		await Promise.all(
			entries.map(
				async ([key, value]) =>
					await client.set(key, value, "EX", lifetimeSeconds),
			),
		);
	});
}

/** The driver's client; connects in the background, again and again. */
export function openRedisClient({
	nodes,
	username,
	password,
	tls,
}: RedisSettings): RedisClient {
	const addresses = nodes.map((node) => {
		const colon = node.lastIndexOf(":");
		return {
			host: node.slice(0, colon),
			port: Number(node.slice(colon + 1)),
		};
	});
	const options = {
		...(username === undefined ? {} : { username }),
		...(password === undefined ? {} : { password }),
		...(tls === undefined ? {} : { tls }),
		connectTimeout: CONNECT_TIMEOUT_MS,
		// Sends the commands of one tick together.
		enableAutoPipelining: true,
		enableOfflineQueue: false,
		autoResendUnfulfilledCommands: false,
		maxRetriesPerRequest: 0,
		retryStrategy: (times: number) =>
			Math.min(times * 100, MAX_RECONNECT_DELAY_MS),
	};
	const [first] = addresses;
	if (addresses.length === 1 && first !== undefined) {
		return new SingleRedis({ ...first, ...options });
	}
	return new Cluster(addresses, {
		redisOptions: options,
		enableAutoPipelining: true,
		enableOfflineQueue: false,
		clusterRetryStrategy: options.retryStrategy,
	});
}

/** Resolves when the client is connected for the first time or has failed to for the first time. */
export async function waitForFirstConnection(
	client: RedisClient,
): Promise<void> {
	await new Promise<void>((resolve) => {
		client.once("ready", resolve);
		client.once("error", () => resolve());
		client.once("close", resolve);
	});
}
