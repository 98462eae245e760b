import { hasCode } from "../errors.ts";
import type { Redis } from "../storage/redis.ts";
import type { TenantRequests } from "./ports.ts";

const WINDOW_SECONDS = 60;
const keyOf = (tenant: string) =>
	`orchestration:tenant_requests_last_minute:${tenant}`;

const countedKey = (planId: string) =>
	`orchestration:tenant_request_counted:${planId}`;
/** Longer than plans usually ask again. */
const COUNTED_SECONDS = 86_400;

/**
 * Counts in Redis, for all processes together: a window of a minute begins with a tenant's first plan. A plan that
 * asks again, because nobody could decide or a person had to be asked, is not counted again.
 */
export function createTenantRequests(
	redis: Pick<Redis, "run" | "getMany">,
): TenantRequests {
	const read = (tenant: string) =>
		orUnknown(async () => {
			const [count] = await redis.getMany([keyOf(tenant)]);
			return Number(count ?? 0);
		});
	return {
		read,
		async count(tenant, planId) {
			const isNew = await orUnknown(() =>
				redis.run("mark_counted", (client) =>
					client.set(countedKey(planId), "1", "EX", COUNTED_SECONDS, "NX"),
				),
			);
			if (isNew !== "OK") return await read(tenant);
			return await orUnknown(() =>
				redis.run("count_tenant", async (client) => {
					const key = keyOf(tenant);
					const [count] = await Promise.all([
						client.incr(key),
						client.expire(key, WINDOW_SECONDS, "NX"),
					]);
					return count;
				}),
			);
		},
	};
}

async function orUnknown<T>(ask: () => Promise<T>): Promise<T | null> {
	return await ask().catch((error: unknown) => {
		if (hasCode(error, "CACHE_UNAVAILABLE")) return null;
		throw error;
	});
}
