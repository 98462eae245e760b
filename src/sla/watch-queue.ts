import type { Redis } from "../storage/redis.ts";

/** When each plan must be looked at next, for all processes of an installation. */
export interface WatchQueue {
	/**
	 * Brings the plans' next looks forward to these times; a nearer one stays. One round trip. Never throws: what
	 * could not be kept is found again by a look at all open plans.
	 */
	schedule(checks: readonly PlanCheck[]): Promise<void>;
	/**
	 * Takes plans that are due, so that no other process has them until the lease ends; then they are due again.
	 * `isComplete`: the queue has not lost what was put into it. Throws CACHE_UNAVAILABLE.
	 */
	claim(nowMs: number): Promise<{ claimed: Claim[]; isComplete: boolean }>;
	/** Gives claims back with the next look, null for none; a nearer one that came meanwhile stays. Throws CACHE_UNAVAILABLE. */
	settle(claims: readonly (Claim & { nextMs: number | null })[]): Promise<void>;
	/** Puts every plan in that is to be looked at, and notes that none is missing. Throws CACHE_UNAVAILABLE. */
	fill(checks: readonly PlanCheck[]): Promise<void>;
}

export interface PlanCheck {
	planId: string;
	/** Unix epoch, ms. */
	atMs: number;
}

export interface Claim {
	planId: string;
	/** When it was due, Unix epoch, ms. */
	dueMs: number;
	/** Until when no other process has it, Unix epoch, ms. */
	leaseMs: number;
}

/** Far above the time of one look at so many plans. */
const LEASE_MS = 60_000;
export const CLAIM_COUNT = 200;

const CLAIM = `
local due = redis.call("ZRANGEBYSCORE", KEYS[1], "-inf", ARGV[1], "WITHSCORES", "LIMIT", 0, ARGV[3])
for at = 1, #due, 2 do redis.call("ZADD", KEYS[1], ARGV[2], due[at]) end
return {redis.call("EXISTS", KEYS[2]), due}`;

const SETTLE = `
for at = 1, #ARGV, 3 do
	local id, lease, nextMs = ARGV[at], tonumber(ARGV[at + 1]), ARGV[at + 2]
	local score = tonumber(redis.call("ZSCORE", KEYS[1], id) or "inf")
	if score == lease then
		if nextMs == "" then redis.call("ZREM", KEYS[1], id)
		else redis.call("ZADD", KEYS[1], nextMs, id) end
	elseif score < lease and nextMs ~= "" and tonumber(nextMs) < score then
		redis.call("ZADD", KEYS[1], nextMs, id)
	end
end`;

/** `scope` names the installation: several may share a Redis. Both keys lie in one slot of a cluster. */
export function createWatchQueue(redis: Redis, scope: string): WatchQueue {
	const checks = `{sla:checks:${scope}}`;
	const complete = `${checks}:complete`;
	/** How many could not be scheduled by this process, and how many of them a filled queue has again. */
	let lostCount = 0;
	let foundCount = 0;
	async function add(plans: readonly PlanCheck[]): Promise<void> {
		if (plans.length === 0) return;
		const members = plans.flatMap(({ planId, atMs }) => [atMs, planId]);
		await redis.run("schedule_sla_checks", (client) =>
			client.zadd(checks, "LT", ...members),
		);
	}
	return {
		async schedule(plans) {
			await add(plans).catch(() => {
				lostCount += 1;
			});
		},

		async claim(nowMs) {
			const leaseMs = nowMs + LEASE_MS;
			const [exists, due] = (await redis.run("claim_sla_checks", (client) =>
				client.eval(CLAIM, 2, checks, complete, nowMs, leaseMs, CLAIM_COUNT),
			)) as [number, string[]];
			const claimed: Claim[] = [];
			for (let at = 0; at + 1 < due.length; at += 2)
				claimed.push({
					planId: due[at] ?? "",
					dueMs: Number(due[at + 1]),
					leaseMs,
				});
			return { claimed, isComplete: exists === 1 && lostCount === foundCount };
		},

		async settle(claims) {
			if (claims.length === 0) return;
			const args = claims.flatMap(({ planId, leaseMs, nextMs }) => [
				planId,
				leaseMs,
				nextMs ?? "",
			]);
			await redis.run("settle_sla_checks", (client) =>
				client.eval(SETTLE, 1, checks, ...args),
			);
		},

		async fill(plans) {
			// What is lost from here on is not among these plans.
			const lostBefore = lostCount;
			await add(plans);
			await redis.run("complete_sla_checks", (client) =>
				client.set(complete, "1"),
			);
			foundCount = lostBefore;
		},
	};
}
