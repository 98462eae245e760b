import { durationText } from "../duration-text.ts";
import { BUDGET_DAYS, type ErrorBudget } from "../sla/error-budget.ts";
import { evidenceLimits, growthOfEvidence } from "./evidence.ts";
import type { WeightSpan } from "./state.ts";
import type { StoredRollout } from "./view.ts";

interface RampUpQuestion {
	/** The candidate's share now, 0 to 100. */
	weight: number;
	/** That begin, of both arms. */
	plansPerHour: number;
	/** Share of the base's plans that fail, 0 to 1. */
	baseRate: number;
	/** How many times as many failures should be noticed; default 3. */
	risk?: number;
	/** Bad plans that the error budget still allows; null: no budget is known. */
	budgetLeft: number | null;
}

export interface RampUp {
	/** 0 to 100. */
	nextWeight: number;
	minSoakMs: number;
	/** Until a candidate that is `risk` times as bad is rolled back; null: no plan begins. */
	etaToVerdictMs: number | null;
	plansNeeded: number;
	/** Share of what is left of the error budget that such a candidate uses before it is rolled back; null: not known. */
	budgetUse: number | null;
	why: string;
}

const RISK = 3;
const WEIGHTS = [1, 2, 5, 10, 25, 50];
const LARGEST_STEP = 5;
/** Of what is left of the error budget. */
const BUDGET_SHARE = 0.1;
const LEAST_SOAK_MS = 600_000;
/** Plans of the candidate that a soak should see. */
const SOAK_PLANS = 30;
const LONG_MS = 86_400_000;
/** A base that never failed is taken for one that fails this often. */
const LEAST_RATE = 0.001;
const HOUR_MS = 3_600_000;

/** By the traffic of the rollout so far, and the budget of which least is left. */
export function rampUpOf(
	{ state, look }: StoredRollout,
	budgets: readonly ErrorBudget[],
): RampUpQuestion {
	const { spans, weight, verdict } = state;
	const lookedAtMs = look?.atMs ?? 0;
	const sum = (of: (span: WeightSpan) => number) =>
		spans.reduce((total, span) => total + of(span), 0);
	const plans = sum(
		({ counts: { started } }) => started.base + started.candidate,
	);
	const ms = sum(({ fromMs, toMs }) => (toMs ?? lookedAtMs) - fromMs);
	const plansPerHour = ms > 0 ? (plans / ms) * HOUR_MS : 0;
	const base = verdict?.numbers.base;
	// Both are percent: of the plans, and of the budget.
	const shares = budgets.map(
		(one) => (one.error_budget_total * one.error_budget_remaining) / 10_000,
	);
	const plansOfBudget = plansPerHour * 24 * BUDGET_DAYS;
	return {
		...{ weight, plansPerHour },
		baseRate: base && base.ended > 0 ? base.failed / base.ended : 0,
		budgetLeft:
			shares.length === 0 ? null : Math.min(...shares) * plansOfBudget,
	};
}

/**
 * The largest weight at which a candidate that is so many times as bad is rolled back before it has used a tenth of
 * what is left of the error budget; at most five times the weight now.
 */
export function recommendWeight(question: RampUpQuestion): RampUp {
	const { plansPerHour, budgetLeft } = question;
	const most = LARGEST_STEP * Math.max(1, question.weight);
	const options = WEIGHTS.filter((weight) => weight <= most).map((weight) =>
		weigh(question, weight),
	);
	const affordable = options.filter(
		({ budgetUse }) => budgetUse === null || budgetUse <= BUDGET_SHARE,
	);
	const chosen = affordable.at(-1) ?? (options[0] as Weighed);
	const etaToVerdictMs = timeFor(chosen.plansNeeded, plansPerHour);
	const soakMs = timeFor((SOAK_PLANS * 100) / chosen.weight, plansPerHour);
	return {
		nextWeight: chosen.weight,
		minSoakMs: Math.max(LEAST_SOAK_MS, soakMs ?? 0),
		etaToVerdictMs,
		plansNeeded: chosen.plansNeeded,
		budgetUse: chosen.budgetUse,
		why: [
			detection(question, chosen),
			budgetText(chosen, budgetLeft, affordable.length > 0),
			...patience(question, chosen),
		].join("; "),
	};
}

interface Weighed {
	weight: number;
	plansNeeded: number;
	budgetUse: number | null;
}

/** Evidence grows by the same factor with every plan on average: so many plans reach the limit. */
function weigh(question: RampUpQuestion, weight: number): Weighed {
	const { risk = RISK, budgetLeft } = question;
	const baseRate = Math.max(LEAST_RATE, question.baseRate);
	const growth = growthOfEvidence(weight, baseRate, risk);
	const plansNeeded = Math.ceil(Math.log(evidenceLimits.failed) / growth);
	const extraBad = plansNeeded * (weight / 100) * baseRate * (risk - 1);
	return {
		weight,
		plansNeeded,
		budgetUse:
			budgetLeft === null ? null : extraBad / Math.max(budgetLeft, 1e-9),
	};
}

function timeFor(plans: number, plansPerHour: number): number | null {
	return plansPerHour > 0 ? Math.round((plans / plansPerHour) * HOUR_MS) : null;
}

function detection(question: RampUpQuestion, chosen: Weighed): string {
	const { risk = RISK, plansPerHour } = question;
	const etaMs = timeFor(chosen.plansNeeded, plansPerHour);
	const time = etaMs === null ? "" : `, ${durationText(etaMs)}`;
	return `at ${rateText(plansPerHour)}, ${chosen.weight} % needs about ${chosen.plansNeeded} plans${time} to roll back a candidate that fails ${risk} times as often`;
}

function budgetText(
	{ budgetUse }: Weighed,
	budgetLeft: number | null,
	isAffordable: boolean,
): string {
	if (budgetUse === null || budgetLeft === null)
		return "no error budget is known, so only the size of a step is bounded";
	const use =
		budgetUse > 1
			? "more than what is left of the error budget"
			: `${Math.round(budgetUse * 100)} % of what is left of the error budget`;
	return isAffordable
		? `until then it uses ${use}`
		: `even then it uses ${use}, where 10 % should be enough: better wait until the budget recovers`;
}

/** Where few plans begin, that is said. */
function patience(question: RampUpQuestion, chosen: Weighed): string[] {
	const { plansPerHour } = question;
	const etaMs = timeFor(chosen.plansNeeded, plansPerHour);
	if (etaMs === null) return ["no plan begins: send synthetic plans"];
	if (etaMs <= LONG_MS) return [];
	const half = timeFor(weigh(question, 50).plansNeeded, plansPerHour) ?? 0;
	const larger =
		chosen.weight < 50
			? `50 % would need ${durationText(half)}; take it for longer, or`
			: "";
	return [`${larger} add synthetic plans`.trim()];
}

function rateText(plansPerHour: number): string {
	return `${Math.round(plansPerHour * 10) / 10} plans/h`;
}
