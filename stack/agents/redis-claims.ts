import { keepAnswer } from "../../src/http/keep-answer.ts";
import type { AgentRegistry } from "../../src/registry/ports.ts";
import type { Redis } from "../../src/storage/redis.ts";
import type { ClaimStore } from "./ticket-claims.ts";

/** As long as a result can be late: the agents in the field keep a week too (contracts.md, "Worker agents"). */
const PROCESSED_TTL_SECONDS = 604_800;
const PROCESSING_TTL_SECONDS = 600;
/** Many tickets may be in the hands of agents that are asked about. */
const AGENTS_KEPT_MS = 1_000;

/** The keys `ticket:processed:{id}` and `ticket:processing:{id}`, as the agents in the field have them. */
export function createRedisClaims(
	redis: Pick<Redis, "run">,
	registry: Pick<AgentRegistry, "list">,
): ClaimStore {
	const processed = (ticketId: string) => `ticket:processed:${ticketId}`;
	const listAgents = keepAnswer(() => registry.list(), AGENTS_KEPT_MS);
	const processing = (ticketId: string) => `ticket:processing:${ticketId}`;

	return {
		async take(ticketId, agentId) {
			const key = processing(ticketId);
			// Asked in one tick, so sent together: one round trip.
			const [done, , holder] = await redis.run(
				"claim_ticket",
				async (client) =>
					await Promise.all([
						client.get(processed(ticketId)),
						client.set(key, agentId, "EX", PROCESSING_TTL_SECONDS, "NX"),
						client.get(key),
					]),
			);
			if (done === null) return { finished: false, holder };
			if (holder === agentId) await this.release(ticketId);
			return { finished: true, holder: null };
		},

		async takeOver(ticketId, agentId) {
			const key = processing(ticketId);
			await redis.run("take_over_ticket", async (client) =>
				client.set(key, agentId, "EX", PROCESSING_TTL_SECONDS),
			);
		},

		async finish(ticketId) {
			const key = processed(ticketId);
			await redis.run(
				"finish_ticket",
				async (client) =>
					await Promise.all([
						client.set(key, "1", "EX", PROCESSED_TTL_SECONDS),
						client.del(processing(ticketId)),
					]),
			);
		},

		async release(ticketId) {
			await redis.run("release_ticket", async (client) =>
				client.del(processing(ticketId)),
			);
		},

		async isAlive(agentId) {
			const agents = await listAgents();
			return agents.some(
				({ agent_id, status }) =>
					agent_id === agentId && status !== "UNHEALTHY",
			);
		},
	};
}
