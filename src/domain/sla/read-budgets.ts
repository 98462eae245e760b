import { isObject } from "../field-reader.ts";
import {
	type BudgetStatus,
	type BurnRate,
	budgetStatus,
	budgetStatuses,
	burnLevel,
	type ErrorBudget,
} from "./error-budget.ts";

/** A service has few objectives; what is more is a fault of the other side. */
const MAX_BUDGETS = 100;
const MAX_BURN_RATES = 20;

/**
 * The answer of `GET /api/v1/budgets` of the SLA management system: a list under `budgets`, percent 0 to 100.
 * undefined: it is no such answer, and then nothing is known of any budget. One bad entry spoils the whole
 * answer: a budget that is left out would count as fine.
 */
export function readBudgets(
	value: unknown,
	serviceName: string,
): ErrorBudget[] | undefined {
	if (!isObject(value) || !Array.isArray(value.budgets)) return undefined;
	if (value.budgets.length > MAX_BUDGETS) return undefined;
	const budgets = value.budgets.map((one) => readBudget(one, serviceName));
	return budgets.every((one) => one !== undefined) ? budgets : undefined;
}

/** Budgets of our own writing, as another process keeps them: the same form, whoever counted them. */
export function readKeptBudgets(
	value: unknown,
	serviceName: string,
	source: string,
): ErrorBudget[] | undefined {
	const budgets = readBudgets({ budgets: value }, serviceName);
	return budgets?.map((budget) => ({ ...budget, metadata: { source } }));
}

function readBudget(
	value: unknown,
	serviceName: string,
): ErrorBudget | undefined {
	if (!isObject(value)) return undefined;
	const remaining = percent(value.error_budget_remaining);
	const slo_id = text(value.slo_id);
	if (remaining === undefined || slo_id === "") return undefined;
	const rates = value.burn_rates ?? [];
	if (!Array.isArray(rates) || rates.length > MAX_BURN_RATES) return undefined;
	const burn_rates = rates.map(readBurnRate);
	if (!burn_rates.every((rate) => rate !== undefined)) return undefined;
	return {
		budget_id: text(value.budget_id) || slo_id,
		slo_id,
		service_name: text(value.service_name) || serviceName,
		calculated_at: text(value.calculated_at),
		window_start: text(value.window_start),
		window_end: text(value.window_end),
		sli_value: number(value.sli_value) ?? 0,
		slo_target: number(value.slo_target) ?? 0,
		error_budget_total: number(value.error_budget_total) ?? 0,
		error_budget_consumed:
			percent(value.error_budget_consumed) ?? 100 - remaining,
		error_budget_remaining: remaining,
		status: statusOf(value.status, remaining),
		burn_rates,
		violations_count: number(value.violations_count) ?? 0,
		last_violation_at: text(value.last_violation_at) || null,
		metadata: { source: "sla-management" },
	};
}

function readBurnRate(value: unknown): BurnRate | undefined {
	if (!isObject(value)) return undefined;
	const window_hours = number(value.window_hours);
	const rate = number(value.rate);
	if (window_hours === undefined || rate === undefined || rate < 0)
		return undefined;
	const left = number(value.estimated_exhaustion_hours) ?? null;
	return {
		window_hours,
		rate,
		level: burnLevel(rate),
		estimated_exhaustion_hours: left,
	};
}

/** The worse of what the other side says and what its percentage means. */
function statusOf(said: unknown, remaining: number): BudgetStatus {
	const ours = budgetStatus(remaining);
	const theirs = budgetStatuses.find((status) => status === said) ?? ours;
	return budgetStatuses.indexOf(theirs) > budgetStatuses.indexOf(ours)
		? theirs
		: ours;
}

function number(value: unknown): number | undefined {
	return typeof value === "number" && Number.isFinite(value)
		? value
		: undefined;
}

function percent(value: unknown): number | undefined {
	const known = number(value);
	return known !== undefined && known >= 0 && known <= 100 ? known : undefined;
}

const MAX_TEXT = 200;

function text(value: unknown): string {
	return typeof value === "string" ? value.slice(0, MAX_TEXT) : "";
}
