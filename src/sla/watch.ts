import { hasCode } from "../errors.ts";
import { type LookDeps, lookAtPlans } from "./look-at-plans.ts";
import { CLAIM_COUNT, type Claim, type WatchQueue } from "./watch-queue.ts";

export interface WatchDeps extends LookDeps {
	queue: WatchQueue;
}

/** Usual time between two turns. */
export const TURN_MS = 10_000;
/** Plans looked at in one go. */
const BATCH = 200;
/** How far back ended plans are looked at when the queue has lost some. */
const LOOK_BACK_MS = 3_600_000;

/**
 * Looks at plans whose next look is due; processes share them by claims. While Redis is away it looks at all open
 * plans instead, once an interval. A turn never throws for a server that is away: it is counted, and the next turn
 * comes.
 */
export function createWatch(deps: WatchDeps) {
	const { queue, store, rules, metrics, log } = deps;
	let lookedAtAllMs = 0;
	let redisAwaySinceMs: number | undefined;

	async function takeTurn(nowMs: number): Promise<void> {
		for (;;) {
			const { claimed, isComplete } = await queue.claim(nowMs);
			if (!isComplete) await refill(nowMs);
			redisAwaySinceMs = undefined;
			const lagMs = claimed.reduce(
				(most, { dueMs }) => Math.max(most, nowMs - dueMs),
				0,
			);
			metrics.slaWatchLagSeconds.set(lagMs / 1000);
			if (claimed.length === 0) return;
			await lookAtClaims(claimed, nowMs);
			if (claimed.length < CLAIM_COUNT) return;
		}
	}

	async function lookAtClaims(claimed: Claim[], nowMs: number): Promise<void> {
		const plans = await store.readPlans(claimed.map(({ planId }) => planId));
		const next = await lookAtPlans(deps, plans, nowMs);
		await queue.settle(
			claimed.map((claim) => ({ ...claim, nextMs: next(claim.planId) })),
		);
	}

	/** Puts every plan that is to be looked at into a queue that is new, or has lost some. */
	async function refill(nowMs: number): Promise<void> {
		const sinceMs = (redisAwaySinceMs ?? nowMs) - LOOK_BACK_MS;
		const plans = await store.findPlans(sinceMs);
		await queue.fill(
			plans.map(({ plan_id }) => ({ planId: plan_id, atMs: nowMs })),
		);
		log.info({ plans: plans.length }, "sla checks scheduled anew");
	}

	/** Without the queue nobody knows what is due: so everything is looked at, seldom. */
	async function lookAtAll(nowMs: number): Promise<void> {
		redisAwaySinceMs ??= nowMs;
		if (nowMs - lookedAtAllMs < rules.intervalMs) return;
		lookedAtAllMs = nowMs;
		const plans = await store.findPlans(redisAwaySinceMs - rules.intervalMs);
		for (let at = 0; at < plans.length; at += BATCH)
			await lookAtPlans(deps, plans.slice(at, at + BATCH), nowMs);
	}

	return {
		async turn(nowMs: number): Promise<void> {
			const stopTimer = metrics.slaCheckSeconds.startTimer({
				check_type: "workflow",
			});
			try {
				await takeTurn(nowMs).catch(async (error: unknown) => {
					if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
					await lookAtAll(nowMs);
				});
			} catch (error) {
				const error_type = errorType(error);
				if (error_type === undefined) throw error;
				metrics.slaMonitorErrors.inc({ error_type });
				log.warn({ error }, "plans could not be watched, trying again");
			} finally {
				stopTimer();
			}
		},
	};
}

/** undefined: a fault of this service. */
function errorType(error: unknown): string | undefined {
	if (hasCode(error, "STORE_UNAVAILABLE")) return "workflow_check";
	if (hasCode(error, "CACHE_UNAVAILABLE")) return "cache_error";
	return hasCode(error, "PUBLISH_UNCONFIRMED") ||
		hasCode(error, "PUBLISH_REFUSED")
		? "alert_publish"
		: undefined;
}
