import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import type { Change } from "../../src/domain/change.ts";
import { createChangeFeed } from "../../src/storage/change-feed.ts";
import { createChangeLog } from "../../src/storage/change-log.ts";
import { openRedis, serverAddress, silentLog } from "./stores.ts";

/** A change that is told from others by its number. */
export function ticketChange(n: number, plan_id = "p"): Change {
	return {
		kind: "ticket",
		plan_id,
		ticket_id: `t${n}`,
		task_id: "a",
		status: "RUNNING",
		outcome: null,
		attempt: 1,
		revision: "1",
		at: n,
	};
}

/** The real Redis. */
export const redisAddress = () =>
	serverAddress("REDIS_CLUSTER_NODES").split(",")[0] ?? "";

/** A stream of the test's own on the real Redis, maybe behind a proxy. */
export function openChanges(
	t: TestContext,
	{
		node = redisAddress(),
		maxLength = 10_000,
		key = `test:${randomUUID()}`,
	} = {},
) {
	const endings: (() => Promise<unknown>)[] = [];
	// Before the connections that are needed for it are closed.
	t.after(async () => {
		for (const end of endings) await end();
	});
	const { redis, metrics } = openRedis(t, { node });
	const { redis: direct } = openRedis(t);
	const context = { log: silentLog, metrics };
	const changes = createChangeLog(redis, { key, maxLength }, context);
	const feed = createChangeFeed(redis, { nodes: [node], key }, context);
	endings.push(
		async () => changes.close(),
		() => feed.close(),
		() => direct.run("del", (client) => client.del(key)),
	);
	return { redis, metrics, changes, feed, key };
}
