import type { Author } from "../src/domain/author.ts";
import {
	addCounts,
	type PurgeCounts,
	type PurgedStep,
	type PurgePlace,
	type PurgeStep,
} from "../src/domain/retention.ts";
import { hasCode } from "../src/errors.ts";
import { whileHeartbeating } from "./heartbeat.ts";

/** A plan that has ended, or the remains of one. */
export interface EndedPlanPlace extends PurgePlace {
	plan_id: string;
	isPurged: boolean;
}

export interface PurgeQuery {
	beforeMs: number;
	after: PurgePlace | null;
	limit: number;
}

/** Why and by whom something is purged, and when. */
export interface PurgeAuthor extends Author {
	nowMs: number;
}

/**
 * The stored records that may be deleted. Every call throws STORE_UNAVAILABLE when it cannot be made, and may
 * be made again.
 */
export interface RetentionStore {
	/** Plans that ended before, oldest first. */
	findEndedPlans(query: PurgeQuery): Promise<EndedPlanPlace[]>;
	/**
	 * Closes the plan's audit trail and deletes the plan with its records. Counts nothing if the plan is gone
	 * or has been run again. A dry run only counts.
	 */
	purgePlan(
		plan: EndedPlanPlace,
		author: PurgeAuthor,
		isDryRun: boolean,
	): Promise<Record<string, number>>;
	/** Purged plans that ended before and whose audit trail is still whole; with those that are not purged yet. */
	findWholeTrails(
		query: PurgeQuery,
		withPlans: boolean,
	): Promise<EndedPlanPlace[]>;
	/** Deletes the records before the one that closes the trail. */
	purgeTrail(plan: EndedPlanPlace, isDryRun: boolean): Promise<number>;
	/** Takes away documents that stand alone, at most `limit` of each collection; on a dry run counts all of them. */
	purgeSingles(
		name: PurgeStep["name"],
		beforeMs: number,
		limit: number,
		isDryRun: boolean,
	): Promise<{ purged: Record<string, number>; isMore: boolean }>;
}

export interface PurgeDeps {
	retention: RetentionStore;
	/** Whether Temporal still has a run of the plan. */
	runs: {
		/** Throws TEMPORAL_UNAVAILABLE. */
		isKept(planId: string): Promise<boolean>;
	};
	/** Told what was deleted, each time. */
	onPurged(purged: Readonly<Record<string, number>>, step: PurgeStep): void;
}

/** Plans of one step; each takes a call to Temporal and some to MongoDB. */
const PLANS = 100;
const SINGLES = 1_000;
const CONCURRENCY = 4;

/**
 * One bounded step. A plan goes only when Temporal has forgotten it as well: until then its run can be asked,
 * run again and checked against. Safe to repeat, and in several processes at once.
 */
export async function purgeStep(
	deps: PurgeDeps,
	step: PurgeStep,
	signal: AbortSignal,
): Promise<PurgedStep> {
	const { name, beforeMs, isDryRun } = step;
	if (name === "plans") return await purgePlans(deps, step, signal);
	const trails =
		name === "audit" ? await purgeTrails(deps, step, signal) : nothing();
	if (trails.next !== null) return trails;
	const singles = await deps.retention.purgeSingles(
		name,
		beforeMs,
		SINGLES,
		isDryRun,
	);
	tell(deps, step, singles.purged);
	const counts = addCounts(trails, { purged: singles.purged, kept: 0 });
	return { ...counts, next: singles.isMore ? (step.after ?? START) : null };
}

const START: PurgePlace = { finished_at: 0, _id: "" };

async function purgePlans(
	deps: PurgeDeps,
	step: PurgeStep,
	signal: AbortSignal,
): Promise<PurgedStep> {
	const { retention, runs } = deps;
	const { beforeMs, after, isDryRun } = step;
	const query = { beforeMs, after, limit: PLANS };
	const plans = await retention.findEndedPlans(query);
	const counts = await forEach(plans, signal, async (plan) => {
		if (await isKept(runs, plan.plan_id)) return { purged: {}, kept: 1 };
		const author = {
			actor: step.actor,
			reason: step.reason,
			nowMs: Date.now(),
		};
		const purged = await retention.purgePlan(plan, author, isDryRun);
		tell(deps, step, purged);
		return { purged, kept: 0 };
	});
	return { ...counts, next: nextOf(plans) };
}

async function purgeTrails(
	deps: PurgeDeps,
	step: PurgeStep,
	signal: AbortSignal,
): Promise<PurgedStep> {
	const { beforeMs, after, isDryRun } = step;
	const query = { beforeMs, after, limit: PLANS };
	const plans = await deps.retention.findWholeTrails(
		query,
		step.isAfterPlans === true && isDryRun,
	);
	const counts = await forEach(plans, signal, async (plan) => {
		if (!plan.isPurged && (await isKept(deps.runs, plan.plan_id)))
			return nothing();
		const count = await deps.retention.purgeTrail(plan, isDryRun);
		const purged = { audit_trail: count };
		tell(deps, step, purged);
		return { purged, kept: 0 };
	});
	return { ...counts, next: nextOf(plans) };
}

/** One that cannot be asked about stays: the next purge asks again. */
async function isKept(
	runs: PurgeDeps["runs"],
	planId: string,
): Promise<boolean> {
	try {
		return await runs.isKept(planId);
	} catch (error) {
		if (hasCode(error, "TEMPORAL_UNAVAILABLE")) return true;
		throw error;
	}
}

async function forEach(
	plans: readonly EndedPlanPlace[],
	signal: AbortSignal,
	work: (plan: EndedPlanPlace) => Promise<PurgeCounts>,
): Promise<PurgeCounts> {
	let sum: PurgeCounts = nothing();
	for (let at = 0; at < plans.length; at += CONCURRENCY) {
		signal.throwIfAborted();
		const some = plans.slice(at, at + CONCURRENCY);
		for (const counts of await Promise.all(some.map(work)))
			sum = addCounts(sum, counts);
	}
	return sum;
}

function nothing(): PurgedStep {
	return { purged: {}, kept: 0, next: null };
}

function nextOf(plans: readonly EndedPlanPlace[]): PurgePlace | null {
	const last = plans.at(-1);
	if (last === undefined || plans.length < PLANS) return null;
	const { finished_at, _id } = last;
	return { finished_at, _id };
}

function tell(
	{ onPurged }: PurgeDeps,
	step: PurgeStep,
	purged: Record<string, number>,
): void {
	const isSomething = Object.values(purged).some((count) => count > 0);
	if (isSomething && !step.isDryRun) onPurged(purged, step);
}

export function createPurgeExpired(deps: PurgeDeps) {
	/** Safe to retry: deleted records are not found again. */
	return async function purgeExpired(step: PurgeStep): Promise<PurgedStep> {
		return await whileHeartbeating(({ signal }) =>
			purgeStep(deps, step, signal),
		);
	};
}
