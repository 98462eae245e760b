import { Redis as SingleRedis } from "ioredis";
import { withinMs } from "../deadline.ts";
import type { RedisFacts } from "../doctor/check-stores.ts";
import {
	openRedisClient,
	type RedisClient,
	type RedisSettings,
} from "./redis.ts";

const CONNECT_TIMEOUT_MS = 5_000;

/** Facts about Redis. Rejects with the first error of Redis or the network. */
export async function inspectRedis(
	settings: RedisSettings,
): Promise<RedisFacts> {
	const client = openRedisClient(settings);
	try {
		await withinMs(CONNECT_TIMEOUT_MS, async () => await connected(client));
		const startMs = Date.now();
		const [seconds, micros] = await client.time();
		const nowMs = (startMs + Date.now()) / 2;
		const info = await client.info();
		const field = (name: string) =>
			new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];
		return {
			version: field("valkey_version") ?? field("redis_version") ?? "unknown",
			maxMemoryBytes: Number(field("maxmemory") ?? 0),
			usedMemoryBytes: Number(field("used_memory") ?? 0),
			policy: field("maxmemory_policy") ?? "unknown",
			clockAheadMs: Number(seconds) * 1_000 + Number(micros) / 1_000 - nowMs,
		};
	} finally {
		client.disconnect();
	}
}

/** Resolves when Redis accepts commands; rejects with the first error, which says more than later ones. */
function connected(client: RedisClient): Promise<void> {
	return new Promise((resolve, reject) => {
		client.once("ready", resolve);
		client.on("error", reject);
		client.on("close", () => reject(new Error("the connection was closed")));
		if (!(client instanceof SingleRedis)) client.on("node error", reject);
	});
}
