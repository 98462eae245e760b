import type { Holdings } from "../domain/scheduling/choose-workers.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { EndedTicket, EndedTickets } from "../plans/ended-tickets.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { createLocalPlaces } from "./local-places.ts";
import type {
	ChunkRequest,
	FreedTicket,
	PlaceStore,
	ReservedIn,
} from "./places.ts";

/** The places in the workers' queues, whether Redis answers or not. None of its calls throws. */
export interface Reservations extends EndedTickets {
	/** Reads what is on the workers, unless it is known well enough. */
	refresh(traceKeys?: readonly string[]): Promise<void>;
	/** See `PlaceStore.traces`. */
	traces(traceKey: string): ReturnType<PlaceStore["traces"]>;
	/** What is on the workers, with what is being reserved at this moment. */
	holdings(planId: string, intentId: string): Holdings;
	/** See `PlaceStore.reserve`. */
	reserve(
		chunk: ChunkRequest,
	): Promise<{ agents: (string | null)[]; reservedIn: ReservedIn }>;
	/** Frees the places of tickets that do not go out. Returns at once. */
	giveBack(ticketIds: readonly string[]): void;
	/** Frees the places of all agents that are not among these. Returns at once. */
	keepOnly(agentIds: ReadonlySet<string>): void;
}

export interface ReservationsDeps {
	shared: PlaceStore;
	local: ReturnType<typeof createLocalPlaces>;
	metrics: Pick<Metrics, "schedulerReservations" | "schedulerExecutions">;
	log: Log;
}

/** An agent must be missing for so long before its places are freed: views of the workers differ for a moment. */
const GONE_MS = 10_000;
/** Those beyond lapse by themselves. */
const MAX_UNFREED = 50_000;
/** A Redis that was killed may come back without its last writes: it writes them down each second. */
const LATELY_MS = 3_000;
/** Wire ids in one call to Redis. */
const FREE_AT_ONCE = 1_000;

export function createReservations({
	shared,
	local,
	metrics,
	log,
}: ReservationsDeps): Reservations {
	const underWay = new Map<string, number>();
	const missingSinceMs = new Map<string, number>();
	/** Could not be freed while Redis was away. Their outcomes leave no trace: they are old by then. */
	const unfreed = new Set<string>();
	/** Freed a short time ago: wire id, and when. */
	const lately = new Map<string, number>();
	let heldNow: ReadonlyMap<string, number> = new Map();
	let current: PlaceStore = shared;

	/** By Redis; by this process while Redis is away. */
	async function withFallback<T>(
		work: (store: PlaceStore) => Promise<T>,
	): Promise<{ value: T; reservedIn: ReservedIn }> {
		try {
			const value = await work(shared);
			current = shared;
			if (local.size() > 0) local.clear();
			if (unfreed.size > 0) inBackground(freeLate);
			return { value, reservedIn: "shared" };
		} catch (error) {
			if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
			// Also one that answers, but with an error: nobody else says so.
			if (current === shared) log.warn({ error }, "places are local for now");
			current = local;
			forgetOld();
			for (const id of lately.keys()) unfreed.add(id);
			lately.clear();
			return { value: await work(local), reservedIn: "local" };
		}
	}

	/** For calls nobody waits for. What cannot be freed now lapses by itself. */
	function inBackground(work: () => Promise<void>): void {
		work().catch((error: unknown) =>
			log.debug({ error }, "places are not freed now"),
		);
	}

	/** Redis is back: what ended meanwhile gives its places back. */
	async function freeLate(): Promise<void> {
		const ids = [...unfreed].slice(0, FREE_AT_ONCE);
		for (const id of ids) unfreed.delete(id);
		await freeIds(ids);
	}

	async function freeIds(ids: readonly string[]): Promise<void> {
		await freeTickets(ids.map((ticket_id) => ({ ticket_id })));
	}

	async function freeTickets(
		tickets: readonly FreedTicket[],
	): Promise<(string | null)[]> {
		if (tickets.length === 0) return [];
		const ids = tickets.map(({ ticket_id }) => ticket_id);
		const { value, reservedIn } = await withFallback((store) =>
			store.free(tickets),
		);
		if (reservedIn === "shared") {
			forgetOld();
			for (const id of ids) lately.set(id, performance.now());
		} else if (unfreed.size < MAX_UNFREED)
			for (const id of ids) unfreed.add(id);
		return value;
	}

	function forgetOld(): void {
		const oldest = performance.now() - LATELY_MS;
		for (const [id, atMs] of lately) {
			if (atMs >= oldest) return;
			lately.delete(id);
		}
	}

	async function free(tickets: readonly EndedTicket[]): Promise<void> {
		for (let start = 0; start < tickets.length; start += FREE_AT_ONCE) {
			const part = tickets.slice(start, start + FREE_AT_ONCE);
			const agents = await freeTickets(part);
			part.forEach(({ agent_id }, at) => {
				const chosen = agents[at] ?? null;
				if (chosen === null) return;
				const by = executor(chosen, agent_id);
				metrics.schedulerExecutions.inc({ by });
			});
		}
	}

	return {
		async refresh(traceKeys) {
			await withFallback((store) => store.refresh(traceKeys));
		},
		traces: (traceKey) => current.traces(traceKey),
		holdings(planId, intentId) {
			const holdings = current.holdings(planId, intentId);
			heldNow = holdings.held;
			return { ...holdings, held: sum(holdings.held, underWay) };
		},
		async reserve(chunk) {
			const wanted = countFirst(chunk);
			add(underWay, wanted, 1);
			try {
				const { value, reservedIn } = await withFallback((store) =>
					store.reserve(chunk),
				);
				const given = value.filter((agent) => agent !== null).length;
				metrics.schedulerReservations.inc({ place: reservedIn }, given);
				return { agents: value, reservedIn };
			} finally {
				add(underWay, wanted, -1);
			}
		},
		ended(tickets) {
			if (tickets.length > 0) inBackground(() => free(tickets));
		},
		giveBack(ticketIds) {
			if (ticketIds.length > 0) inBackground(() => freeIds(ticketIds));
		},
		keepOnly(agentIds) {
			const now = performance.now();
			for (const id of missingSinceMs.keys())
				if (agentIds.has(id) || !heldNow.has(id)) missingSinceMs.delete(id);
			const gone: string[] = [];
			for (const id of heldNow.keys()) {
				if (agentIds.has(id)) continue;
				const sinceMs = missingSinceMs.get(id) ?? now;
				missingSinceMs.set(id, sinceMs);
				if (now - sinceMs >= GONE_MS) gone.push(id);
			}
			if (gone.length === 0) return;
			for (const id of gone) missingSinceMs.delete(id);
			inBackground(async () => {
				const { value } = await withFallback((store) => store.freeAgents(gone));
				log.info(
					{ agents: gone.slice(0, 5), places: value },
					"agents are gone",
				);
			});
		},
	};
}

function executor(
	chosen: string,
	agentId: string | null,
): "chosen" | "other" | "unknown" {
	if (agentId === null) return "unknown";
	return agentId === chosen ? "chosen" : "other";
}

function countFirst({ tickets }: ChunkRequest): Map<string, number> {
	const counts = new Map<string, number>();
	for (const { agents } of tickets) {
		const first = agents[0]?.agent_id;
		if (first !== undefined) counts.set(first, (counts.get(first) ?? 0) + 1);
	}
	return counts;
}

function add(
	counts: Map<string, number>,
	more: ReadonlyMap<string, number>,
	factor: 1 | -1,
): void {
	for (const [id, count] of more) {
		const next = (counts.get(id) ?? 0) + factor * count;
		if (next === 0) counts.delete(id);
		else counts.set(id, next);
	}
}

function sum(
	counts: ReadonlyMap<string, number>,
	more: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
	if (more.size === 0) return counts;
	const total = new Map(counts);
	add(total, more, 1);
	return total;
}
