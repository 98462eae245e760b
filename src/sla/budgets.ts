import { isObject } from "../domain/field-reader.ts";
import type { ErrorBudget } from "../domain/sla/error-budget.ts";
import { readKeptBudgets } from "../domain/sla/read-budgets.ts";
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
	const { redis, scope, serviceName, cacheMs } = deps;
	const key = `sla:budget:${scope}:${serviceName}`;
	/** `readMs`: when the view was read, by the clock that nobody sets. */
	let own: { view: BudgetView; readMs: number } | undefined;
	let reading: Promise<{ view: BudgetView; readMs: number }> | undefined;

	async function read(maxAgeMs: number) {
		const cached = await readCached(deps, key);
		if (cached !== undefined && cached.ageMs < maxAgeMs)
			return {
				view: cached.view,
				readMs: performance.now() - cached.ageMs,
			};
		const readMs = performance.now();
		const view = await ask(deps);
		// An unknown budget is asked for again by everybody, but not by this process at once.
		if (view.reading !== null)
			await redis
				.setMany([[key, JSON.stringify(view)]], KEPT_SECONDS)
				.catch(ignoreOutage);
		return { view, readMs };
	}

	return {
		async view(maxAgeMs = cacheMs) {
			if (own !== undefined && performance.now() - own.readMs < maxAgeMs)
				return own.view;
			reading ??= read(maxAgeMs).finally(() => {
				reading = undefined;
			});
			own = await reading;
			return own.view;
		},
	};
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
	{ redis, source, serviceName }: BudgetDeps,
	key: string,
): Promise<{ view: BudgetView; ageMs: number } | undefined> {
	try {
		const [text] = await redis.getMany([key]);
		const kept: unknown = JSON.parse(text ?? "null");
		if (!isObject(kept) || kept.source !== source.name) return undefined;
		const { read_at, reading } = kept;
		if (typeof read_at !== "number" || !isObject(reading)) return undefined;
		// A clock that is ahead makes its answers old, not new for ever.
		const ageMs = Math.abs(Date.now() - read_at);
		const { burning } = reading;
		const budgets = readKeptBudgets(reading.budgets, serviceName, source.name);
		const areNames = (value: unknown): value is string[] =>
			Array.isArray(value) && value.every((one) => typeof one === "string");
		if (budgets === undefined || !areNames(burning)) return undefined;
		const view = { source: source.name, read_at, error: null };
		return { view: { ...view, reading: { budgets, burning } }, ageMs };
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		return ignoreOutage(error);
	}
}

function ignoreOutage(error: unknown): undefined {
	if (hasCode(error, "CACHE_UNAVAILABLE")) return undefined;
	throw error;
}
