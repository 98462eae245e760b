import type { ErrorBudget } from "../domain/sla/error-budget.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Redis } from "../storage/redis.ts";
import type { Metrics } from "../telemetry/metrics.ts";

/** Where error budgets come from. */
export interface BudgetSource {
	name: BudgetSourceName;
	/** Throws when it cannot tell. */
	read(nowMs: number): Promise<BudgetReading>;
}
export type BudgetSourceName = "sla-management" | "own-results";

export interface BudgetReading {
	budgets: ErrorBudget[];
	/** Objectives whose budget goes too fast. */
	burning: string[];
}

/** The error budgets as they are known; `budgets` is null when nobody knows them. */
export interface BudgetView {
	source: BudgetSourceName;
	/** Unix epoch, ms. */
	read_at: number;
	reading: BudgetReading | null;
	/** Why they are not known. */
	error: string | null;
}

export interface Budgets {
	/** At most so old. Never throws: what cannot be read is unknown. */
	view(maxAgeMs?: number): Promise<BudgetView>;
}

export interface BudgetDeps {
	source: BudgetSource;
	redis: Redis;
	/** Names the installation: several may share a Redis. */
	scope: string;
	serviceName: string;
	/** How old an answer may be. */
	cacheMs: number;
	metrics: Pick<Metrics, "slaMonitorErrors">;
	log: Log;
}

/** The newest answer is kept for processes that take an older one. */
const KEPT_SECONDS = 300;

/** Reads through a cache in Redis that all processes share, and one of its own while Redis is away. */
export function createBudgets(deps: BudgetDeps): Budgets {
	const { redis, scope, serviceName, cacheMs, source } = deps;
	const key = `sla:budget:${scope}:${serviceName}`;
	let own: BudgetView | undefined;
	let reading: Promise<BudgetView> | undefined;

	async function read(maxAgeMs: number): Promise<BudgetView> {
		const cached = await readCached(redis, key, source.name);
		if (isFresh(cached, maxAgeMs)) return cached;
		const view = await ask(deps);
		// An unknown budget is asked for again by everybody, but not by this process at once.
		if (view.reading !== null)
			await redis
				.setMany([[key, JSON.stringify(view)]], KEPT_SECONDS)
				.catch(ignoreOutage);
		return view;
	}

	return {
		async view(maxAgeMs = cacheMs) {
			if (isFresh(own, maxAgeMs)) return own;
			reading ??= read(maxAgeMs).finally(() => {
				reading = undefined;
			});
			own = await reading;
			return own;
		},
	};
}

function isFresh(
	view: BudgetView | undefined,
	maxAgeMs: number,
): view is BudgetView {
	return view !== undefined && Date.now() - view.read_at < maxAgeMs;
}

async function ask({ source, metrics, log }: BudgetDeps): Promise<BudgetView> {
	const known = { source: source.name, read_at: Date.now() };
	try {
		const reading = await source.read(known.read_at);
		return { ...known, reading, error: null };
	} catch (error) {
		const isExpected =
			hasCode(error, "BUDGETS_UNKNOWN") || hasCode(error, "STORE_UNAVAILABLE");
		if (!isExpected) throw error;
		metrics.slaMonitorErrors.inc({ error_type: "api_error" });
		log.warn({ error }, "error budgets are unknown");
		return { ...known, reading: null, error: error.message };
	}
}

/** Only this service writes there, but anybody can: what is no such view is as if it were not there. */
async function readCached(
	redis: Redis,
	key: string,
	source: BudgetSourceName,
): Promise<BudgetView | undefined> {
	try {
		const [text] = await redis.getMany([key]);
		if (text === null || text === undefined) return undefined;
		const view = JSON.parse(text) as Partial<BudgetView> | null;
		const isView =
			view?.source === source &&
			typeof view.read_at === "number" &&
			Array.isArray(view.reading?.budgets) &&
			Array.isArray(view.reading.burning);
		return isView ? (view as BudgetView) : undefined;
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		return ignoreOutage(error);
	}
}

function ignoreOutage(error: unknown): undefined {
	if (hasCode(error, "CACHE_UNAVAILABLE")) return undefined;
	throw error;
}
