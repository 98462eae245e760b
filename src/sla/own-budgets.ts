import { createEndedPlans, minuteOf } from "../domain/sla/ended-plans.ts";
import {
	BUDGET_DAYS,
	computeBudget,
	isBurning,
} from "../domain/sla/error-budget.ts";
import type { BudgetSource } from "./budgets.ts";
import type { SlaStore } from "./store.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A document may be stored so long after its plan ended, and be counted still. */
const LATE_MS = 10 * 60_000;

/** The one objective that we count ourselves: a plan that runs ends as SUCCESS, by its deadline. */
const OWN_SLO = "plans-in-time";

/**
 * The budget of our own results over 30 days. The first reading counts them day by day, the later ones only what
 * came since. Throws STORE_UNAVAILABLE.
 */
export function createOwnBudgets({
	store,
	serviceName,
	sloTarget,
}: {
	store: Pick<SlaStore, "countEnded">;
	serviceName: string;
	sloTarget: number;
}): BudgetSource {
	const plans = createEndedPlans();
	let readUpToMs: number | undefined;
	let reading: Promise<void> | undefined;

	async function readOn(nowMs: number): Promise<void> {
		const first = nowMs - BUDGET_DAYS * DAY_MS;
		const toMs = minuteOf(nowMs) + 60_000;
		let fromMs = minuteOf(Math.max(first, (readUpToMs ?? 0) - LATE_MS));
		while (fromMs < toMs) {
			const untilMs = Math.min(fromMs + DAY_MS, toMs);
			const ended = await store.countEnded(fromMs, untilMs);
			plans.replace(fromMs, untilMs, ended);
			readUpToMs = untilMs;
			fromMs = untilMs;
		}
	}

	return {
		name: "own-results",
		async read(nowMs) {
			reading ??= readOn(nowMs).finally(() => {
				reading = undefined;
			});
			await reading;
			const ended = (hours: number) => plans.count(nowMs, hours * HOUR_MS);
			const budget = computeBudget({
				...{ serviceName, sloTarget, ended, nowMs },
				sloId: OWN_SLO,
				whole: ended(BUDGET_DAYS * 24),
				lastBadAtMs: plans.lastBadAtMs(),
			});
			const isFast = isBurning(budget, (hours) => ended(hours).bad);
			return { budgets: [budget], burning: isFast ? [OWN_SLO] : [] };
		},
	};
}
