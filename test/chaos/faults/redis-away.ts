import type { Fault } from "../fault.ts";

const REDIS_OUTAGE_MS = 60_000;
const BOTH_OUTAGE_MS = 20_000;

/** Redis is away, then Redis and MongoDB together: nobody knows then which plan a result belongs to. */
export const redisAway: Fault = {
	number: 6,
	name: "redis-away",
	title: "Redis away for 60 s; Redis and MongoDB away for 20 s",
	// Claims are kept in memory meanwhile: two agents may work on one ticket when its partition moves.
	terms: { repeats: false, reexecution: true },
	flowMs: 8_000,
	shortSeconds: 15,
	outageMs: REDIS_OUTAGE_MS + BOTH_OUTAGE_MS,
	async inject({ world: { stack }, outage }) {
		await stack.stopServer("redis");
		await outage(REDIS_OUTAGE_MS);
		await stack.startServer("redis");
		await Promise.all([stack.stopServer("redis"), stack.stopServer("mongodb")]);
		await outage(BOTH_OUTAGE_MS);
		await Promise.all([
			stack.startServer("redis"),
			stack.startServer("mongodb"),
		]);
	},
};
