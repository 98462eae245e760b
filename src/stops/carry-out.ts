import type { PlanCommand, PlanCommandName } from "../domain/plan-run.ts";
import {
	type BulkCancel,
	cancelOf,
	pauseOf,
	resumeOf,
	type Stop,
} from "../domain/stop-order.ts";
import { hasCode } from "../errors.ts";
import { limitConcurrency } from "../limit-concurrency.ts";
import type { Log } from "../log.ts";
import type { RunningPlans } from "../plans/plan-ports.ts";
import type { StopStore } from "./store.ts";

export interface CarryOutDeps {
	store: StopStore;
	plans: Pick<RunningPlans, "command">;
	log: Log;
}

const CONCURRENCY = 8;
/** A plan's document may be stored so long after the plan came. */
const LATE_DOCUMENT_MS = 60_000;

/**
 * Sends the commands that stops and bulk cancels mean: pauses what they hold, resumes what they held, cancels.
 * Safe to repeat and from several processes at once: a plan takes each command once. Throws STORE_UNAVAILABLE and
 * TEMPORAL_UNAVAILABLE; then the next turn goes on.
 */
export async function carryOutStops(
	deps: CarryOutDeps,
	nowMs: number,
): Promise<void> {
	const stops = await deps.store.readStops(nowMs);
	for (const stop of stops) await carryOut(deps, stop);
	for (const bulk of await deps.store.readOpenBulks())
		await carryOutBulk(deps, bulk, nowMs);
}

async function carryOut(deps: CarryOutDeps, stop: Stop): Promise<void> {
	const { store } = deps;
	const { scope, value, released } = stop;
	if (scope === "intake" || value === null) return;
	const command = released === null ? pauseOf(stop) : resumeOf(stop);
	const name = released === null ? "pause" : "resume";
	const find = (after: string) =>
		released === null
			? store.findRunning(scope, value, after)
			: store.findHeld(pauseOf(stop).idempotency_key, after);
	await commandAll(deps, find, name, command);
}

async function carryOutBulk(
	deps: CarryOutDeps,
	bulk: BulkCancel,
	nowMs: number,
): Promise<void> {
	const find = (after: string) => deps.store.findMeant(bulk, after);
	const command = cancelOf(bulk);
	const refused = await commandAll(deps, find, "cancel", command);
	const isOver = nowMs - bulk.asked_at > LATE_DOCUMENT_MS;
	const done_at = isOver ? nowMs : null;
	await deps.store.noteBulk(bulk, { refused, done_at });
}

/**
 * Sends it to all that are found, and answers how many refused: a plan that moved on meanwhile does, and that is well.
 */
async function commandAll(
	deps: CarryOutDeps,
	find: (after: string) => Promise<string[]>,
	name: PlanCommandName,
	command: PlanCommand,
): Promise<number> {
	const limit = limitConcurrency(CONCURRENCY);
	let refused = 0;
	let after: string | undefined = "";
	while (after !== undefined) {
		const page: string[] = await find(after);
		const answers = await Promise.all(
			page.map((planId) => limit(() => sendTo(deps, planId, name, command))),
		);
		refused += answers.filter((took) => !took).length;
		after = page.at(-1);
	}
	return refused;
}

/** Whether the plan took it. */
async function sendTo(
	{ plans, log }: CarryOutDeps,
	planId: string,
	name: PlanCommandName,
	command: PlanCommand,
): Promise<boolean> {
	const via = { kind: "rest" } as const;
	try {
		await plans.command(planId, name, {
			...command,
			...{ via, authenticated: false },
		});
		return true;
	} catch (error) {
		if (!refusals.some((code) => hasCode(error, code))) throw error;
		log.debug({ error, plan_id: planId, name }, "stop is not for it");
		return false;
	}
}

const refusals = [
	...(["COMMAND_REFUSED", "PLAN_NOT_FOUND", "PLAN_STUCK"] as const),
	...(["COMMANDS_EXHAUSTED", "IDEMPOTENCY_KEY_REUSED"] as const),
] as const;

/** Carries out stops and bulk cancels once; an outage is only logged, because the next turn comes. */
export async function tryCarryOut(deps: CarryOutDeps): Promise<void> {
	try {
		await carryOutStops(deps, Date.now());
	} catch (error) {
		const isOutage =
			hasCode(error, "STORE_UNAVAILABLE") ||
			hasCode(error, "TEMPORAL_UNAVAILABLE");
		if (!isOutage) throw error;
		deps.log.warn({ error }, "stops could not be carried out, trying again");
	}
}
