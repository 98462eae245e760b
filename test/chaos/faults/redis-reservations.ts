import { createRedis } from "../../../src/storage/redis.ts";
import { createMetrics } from "../../../src/telemetry/metrics.ts";
import { eventually } from "../../support/eventually.ts";
import { silentLog } from "../../support/stores.ts";
import type { Fault, Scene } from "../fault.ts";

const OUTAGE_MS = 20_000;
/** By then the plans that flow have ended, and what they held has been given back or has lapsed. */
const FREE_TIMEOUT_MS = 300_000;

/** Redis dies while places in the workers' queues are being taken and given back: none is lost for good. */
export const redisReservations: Fault = {
	number: 17,
	name: "redis-reservations",
	title: "Redis killed for 20 s while workers' places are reserved",
	terms: { repeats: false, reexecution: true },
	flowMs: 12_000,
	shortFlowMs: 6_000,
	shortSeconds: 40,
	outageMs: OUTAGE_MS,
	async inject(scene) {
		const { stack, report, troubles } = scene.world;
		const before = await eventually(async () => {
			const held = await readHeld(scene);
			return held.length > 0 && held;
		}, 30_000);
		report(`places are taken with ${before.length} workers`);
		// It writes down each second what it did: the last writes are lost.
		await stack.stopServer("redis", "SIGKILL");
		await scene.outage(OUTAGE_MS);
		await stack.startServer("redis");
		await eventually(
			async () => (await readHeld(scene)).length === 0,
			FREE_TIMEOUT_MS,
			500,
		).catch(async () => {
			const left = await readHeld(scene);
			troubles.push(`places were never given back: ${left.join(", ")}`);
		});
	},
};

/** The workers of whose places some are taken, and how many. */
async function readHeld({ world }: Scene): Promise<string[]> {
	const nodes = [world.stack.env.REDIS_CLUSTER_NODES as string];
	const redis = createRedis(
		{ nodes },
		{ log: silentLog, metrics: createMetrics() },
	);
	try {
		const held = await redis.run("read_places", (client) =>
			client.hgetall("{scheduler}:held"),
		);
		return Object.entries(held).map(([agent, count]) => `${agent} ${count}`);
	} finally {
		await redis.close();
	}
}
