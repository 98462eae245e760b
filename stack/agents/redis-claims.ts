import type { ClaimStore } from "./ticket-claims.ts";

/** The commands of ioredis that claims need. */
export interface ClaimRedis {
	get(key: string): Promise<string | null>;
	set(
		key: string,
		value: string,
		expiry: "EX",
		seconds: number,
		condition: "NX",
	): Promise<"OK" | null>;
	set(key: string, value: string, expiry: "EX", seconds: number): Promise<"OK">;
	del(key: string): Promise<number>;
}

/** Who has announced itself; `src/storage/worker-directory.ts` satisfies it. */
export interface AgentDirectory {
	listAgents(): Promise<{ agent_id: string }[]>;
}

/** As long as a result can be late: the agents in the field keep a week too (flow-c.md 1.15). */
const PROCESSED_TTL_SECONDS = 604_800;
const PROCESSING_TTL_SECONDS = 600;

/** The keys `ticket:processed:{id}` and `ticket:processing:{id}` that all agents share. */
export function createRedisClaims(
	redis: ClaimRedis,
	directory: AgentDirectory,
): ClaimStore {
	const processed = (ticketId: string) => `ticket:processed:${ticketId}`;
	const processing = (ticketId: string) => `ticket:processing:${ticketId}`;

	return {
		async take(ticketId, agentId) {
			// One round trip: ioredis sends what is asked in the same tick together.
			const [done, , holder] = await Promise.all([
				redis.get(processed(ticketId)),
				redis.set(
					processing(ticketId),
					agentId,
					"EX",
					PROCESSING_TTL_SECONDS,
					"NX",
				),
				redis.get(processing(ticketId)),
			]);
			if (done === null) return { finished: false, holder };
			if (holder === agentId) await redis.del(processing(ticketId));
			return { finished: true, holder: null };
		},
		async takeOver(ticketId, agentId) {
			await redis.set(
				processing(ticketId),
				agentId,
				"EX",
				PROCESSING_TTL_SECONDS,
			);
		},
		async finish(ticketId) {
			await Promise.all([
				redis.set(processed(ticketId), "1", "EX", PROCESSED_TTL_SECONDS),
				redis.del(processing(ticketId)),
			]);
		},
		async release(ticketId) {
			await redis.del(processing(ticketId));
		},
		async isAlive(agentId) {
			const agents = await directory.listAgents();
			return agents.some(({ agent_id }) => agent_id === agentId);
		},
	};
}
