/** Words of the SLA management system; the smaller the budget, the later in the list. */
export const budgetStatuses = [
	"HEALTHY",
	"WARNING",
	"CRITICAL",
	"EXHAUSTED",
] as const;
export type BudgetStatus = (typeof budgetStatuses)[number];

export const burnLevels = ["NORMAL", "ELEVATED", "FAST", "CRITICAL"] as const;
export type BurnLevel = (typeof burnLevels)[number];

/** How fast the budget goes within one window; 1: it lasts exactly as long as its own window. */
export interface BurnRate {
	window_hours: number;
	rate: number;
	level: BurnLevel;
	/** Until nothing is left at this rate; null: it does not go. */
	estimated_exhaustion_hours: number | null;
}

/** An error budget in the form of the SLA management system's API. Times are text in ISO 8601. */
export interface ErrorBudget {
	budget_id: string;
	slo_id: string;
	service_name: string;
	calculated_at: string;
	window_start: string;
	window_end: string;
	/** 0 to 1. */
	sli_value: number;
	/** 0 to 1. */
	slo_target: number;
	/** Share that may go wrong, in percent. */
	error_budget_total: number;
	/** Percent of the budget, 0 to 100. */
	error_budget_consumed: number;
	/** Percent of the budget, 0 to 100. */
	error_budget_remaining: number;
	status: BudgetStatus;
	burn_rates: BurnRate[];
	violations_count: number;
	last_violation_at: string | null;
	metadata: Record<string, string>;
}

/** Days that a budget is counted over. */
export const BUDGET_DAYS = 30;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** By remaining percent: above 50, above 20, above 10, and what is less. */
export function budgetStatus(remainingPercent: number): BudgetStatus {
	if (remainingPercent > 50) return "HEALTHY";
	if (remainingPercent > 20) return "WARNING";
	return remainingPercent > 10 ? "CRITICAL" : "EXHAUSTED";
}

/** The level of a burn rate. */
export function burnLevel(rate: number): BurnLevel {
	if (rate >= 14.4) return "CRITICAL";
	if (rate >= 6) return "FAST";
	return rate >= 2 ? "ELEVATED" : "NORMAL";
}

/** Whether so little is left that somebody should know; a budget that nobody knows is not said to be fine by this. */
export function isBudgetCritical(
	remainingPercent: number | null,
	thresholdRatio: number,
): boolean {
	return remainingPercent !== null && remainingPercent < thresholdRatio * 100;
}

/** Plans that ended within a window. */
export interface EndedCount {
	total: number;
	/** Of them, those that did not end well by their deadline. */
	bad: number;
}

/**
 * Pairs of windows, of which both must burn: the long one shows that it matters, the short one that it goes on
 * (the usual multi-window alert; 14.4 uses up 2 % of 30 days in an hour, 6 uses up 5 % in six).
 */
export const burnAlerts = [
	{ shortHours: 5 / 60, longHours: 1, rate: 14.4 },
	{ shortHours: 30 / 60, longHours: 6, rate: 6 },
] as const;

/** Every window whose burn rate is shown, in hours. */
const burnWindowsHours = [5 / 60, 0.5, 1, 6, 24] as const;

/** Fewer bad plans in the long window say nothing about a rate. */
export const MIN_BAD_PLANS = 3;

/** Share of bad plans against the share that the target allows; 0 when none ended. */
function burnRate({ total, bad }: EndedCount, sloTarget: number): number {
	if (total <= 0) return 0;
	return bad / total / (1 - sloTarget);
}

/**
 * Whether both windows of a pair burn, by the rates of a budget; a missing short window counts as burning. `badIn`:
 * the plans that ended badly within so many hours, where somebody counts them.
 */
export function isBurning(
	{ burn_rates }: Pick<ErrorBudget, "burn_rates">,
	badIn: (hours: number) => number = () => MIN_BAD_PLANS,
): boolean {
	const rateOf = (hours: number) =>
		burn_rates.find(({ window_hours }) => Math.abs(window_hours - hours) < 0.01)
			?.rate;
	return burnAlerts.some(({ shortHours, longHours, rate }) => {
		const long = rateOf(longHours);
		if (long === undefined || long < rate) return false;
		return (
			badIn(longHours) >= MIN_BAD_PLANS && (rateOf(shortHours) ?? long) >= rate
		);
	});
}

export interface BudgetFacts {
	serviceName: string;
	sloId: string;
	/** 0 to below 1. */
	sloTarget: number;
	/** Over the whole window. */
	whole: EndedCount;
	ended(windowHours: number): EndedCount;
	/** Unix epoch, ms; null: none within the window. */
	lastBadAtMs: number | null;
	nowMs: number;
}

/** The budget of our own results over 30 days. */
export function computeBudget(facts: BudgetFacts): ErrorBudget {
	const { serviceName, sloId, sloTarget, whole, nowMs, lastBadAtMs } = facts;
	const consumed = Math.min(100, burnRate(whole, sloTarget) * 100);
	const remaining = 100 - consumed;
	return {
		budget_id: `${serviceName}/${sloId}`,
		slo_id: sloId,
		service_name: serviceName,
		calculated_at: iso(nowMs),
		window_start: iso(nowMs - BUDGET_DAYS * DAY_MS),
		window_end: iso(nowMs),
		sli_value: whole.total === 0 ? 1 : 1 - whole.bad / whole.total,
		slo_target: sloTarget,
		error_budget_total: (1 - sloTarget) * 100,
		error_budget_consumed: consumed,
		error_budget_remaining: remaining,
		status: budgetStatus(remaining),
		burn_rates: burnWindowsHours.map((window_hours) =>
			toBurnRate(window_hours, facts, remaining),
		),
		violations_count: whole.bad,
		last_violation_at: lastBadAtMs === null ? null : iso(lastBadAtMs),
		metadata: { source: "own-results" },
	};
}

function toBurnRate(
	window_hours: number,
	{ ended, sloTarget }: BudgetFacts,
	remainingPercent: number,
): BurnRate {
	const rate = burnRate(ended(window_hours), sloTarget);
	const wholeHours = (BUDGET_DAYS * DAY_MS) / HOUR_MS;
	return {
		window_hours,
		rate,
		level: burnLevel(rate),
		estimated_exhaustion_hours:
			rate === 0 ? null : (remainingPercent / 100 / rate) * wholeHours,
	};
}

function iso(atMs: number): string {
	return new Date(atMs).toISOString();
}
