import { hasCode } from "../errors.ts";
import type { Redis } from "../storage/redis.ts";
import type { TenantRequests } from "./ports.ts";

const WINDOW_SECONDS = 60;
const keyOf = (tenant: string) =>
	`orchestration:tenant_requests_last_minute:${tenant}`;

/**
 * Counts in Redis, for all processes together: a window of a minute begins with a tenant's first plan. Without
 * Redis nobody is counted, and no limit is exceeded.
 */
export function createTenantRequests(
	redis: Pick<Redis, "run" | "getMany">,
): TenantRequests {
	return {
		count: (tenant) =>
			orNone(() =>
				redis.run("count_tenant", async (client) => {
					const key = keyOf(tenant);
					const [count] = await Promise.all([
						client.incr(key),
						client.expire(key, WINDOW_SECONDS, "NX"),
					]);
					return count;
				}),
			),
		read: (tenant) =>
			orNone(async () => {
				const [count] = await redis.getMany([keyOf(tenant)]);
				return Number(count ?? 0);
			}),
	};
}

async function orNone(ask: () => Promise<number>): Promise<number> {
	return await ask().catch((error: unknown) => {
		if (hasCode(error, "CACHE_UNAVAILABLE")) return 0;
		throw error;
	});
}
