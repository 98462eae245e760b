import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type ClaimStore,
	createTicketClaims,
} from "../../../stack/agents/ticket-claims.ts";

const { signal } = new AbortController();

/** Redis as a map; `alive` are the agents whose lease holds. */
function mapStore(alive: Set<string>) {
	const holders = new Map<string, string>();
	const finished = new Set<string>();
	const store: ClaimStore = {
		async take(ticketId, agentId) {
			if (finished.has(ticketId)) return { finished: true, holder: null };
			if (!holders.has(ticketId)) holders.set(ticketId, agentId);
			return { finished: false, holder: holders.get(ticketId) ?? null };
		},
		async takeOver(ticketId, agentId) {
			holders.set(ticketId, agentId);
		},
		async finish(ticketId) {
			finished.add(ticketId);
			holders.delete(ticketId);
		},
		async release(ticketId) {
			holders.delete(ticketId);
		},
		isAlive: async (agentId) => alive.has(agentId),
	};
	return { store, holders };
}

function unexpected(error: unknown): void {
	throw error;
}

test("createTicketClaims: what one agent finished no other takes", async () => {
	const { store } = mapStore(new Set(["a", "b"]));
	const a = createTicketClaims("a", store, unexpected);
	const b = createTicketClaims("b", store, unexpected);
	assert.equal(await a.claim("t", signal), "mine");
	await a.finish("t");
	assert.equal(await b.claim("t", signal), "finished");
	assert.equal(await a.claim("t", signal), "finished");
});

test("createTicketClaims: while a living agent works on it another waits, and learns that it is done", async () => {
	const { store } = mapStore(new Set(["a", "b"]));
	const a = createTicketClaims("a", store, unexpected);
	const b = createTicketClaims("b", store, unexpected);
	await a.claim("t", signal);
	const waiting = b.claim("t", signal);
	await a.finish("t");
	assert.equal(await waiting, "finished");
});

test("createTicketClaims: a dead agent's ticket is taken over", async () => {
	const { store, holders } = mapStore(new Set(["b"]));
	await store.take("t", "a");
	const b = createTicketClaims("b", store, unexpected);
	assert.equal(await b.claim("t", signal), "mine");
	assert.equal(holders.get("t"), "b");
});

test("createTicketClaims: a ticket given back is free", async () => {
	const { store } = mapStore(new Set(["a", "b"]));
	const a = createTicketClaims("a", store, unexpected);
	await a.claim("t", signal);
	await a.release("t");
	const b = createTicketClaims("b", store, unexpected);
	assert.equal(await b.claim("t", signal), "mine");
});

test("createTicketClaims: with the store away memory decides, and it is said", async () => {
	const away = async () => {
		throw new Error("away");
	};
	const store = {
		take: away,
		takeOver: away,
		finish: away,
		release: away,
		isAlive: away,
	};
	let said = 0;
	const claims = createTicketClaims("a", store, () => {
		said += 1;
	});
	assert.equal(await claims.claim("t", signal), "mine");
	await claims.finish("t");
	assert.equal(await claims.claim("t", signal), "finished");
	assert.equal(said, 2);
});

test("createTicketClaims: works without a store", async () => {
	const claims = createTicketClaims("a", undefined, unexpected);
	assert.equal(await claims.claim("t", signal), "mine");
	await claims.finish("t");
	assert.equal(await claims.claim("t", signal), "finished");
});

test("createTicketClaims: a wait for another agent ends when the agent stops", async () => {
	const { store } = mapStore(new Set(["a", "b"]));
	await store.take("t", "a");
	const stop = new AbortController();
	const claims = createTicketClaims("b", store, unexpected);
	const waiting = claims.claim("t", stop.signal);
	stop.abort();
	await assert.rejects(waiting, { name: "AbortError" });
});
