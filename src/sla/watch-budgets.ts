import { type AlertDue, budgetAlert } from "../domain/sla/decide-alerts.ts";
import {
	type BudgetStatus,
	budgetStatuses,
	type ErrorBudget,
	isBudgetCritical,
} from "../domain/sla/error-budget.ts";
import { hasCode } from "../errors.ts";
import type { Redis } from "../storage/redis.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { BudgetReading, Budgets } from "./budgets.ts";
import { type SendDeps, sendAlerts } from "./send-alerts.ts";

export interface BudgetWatchDeps extends SendDeps {
	budgets: Budgets;
	redis: Redis;
	scope: string;
	/** Share of a budget, 0 to 1. */
	criticalRatio: number;
	metrics: Pick<
		Metrics,
		| "slaAlertsSent"
		| "slaAlertsDeduplicated"
		| "slaBudgetRemaining"
		| "slaComplianceRatio"
		| "slaBudgetStatus"
		| "slaBurnRate"
		| "slaMonitorErrors"
		| "slaCheckSeconds"
	>;
}

/** Between two looks; every process shows the gauges, one of them sends the alerts. */
const INTERVAL_MS = 60_000;
/** Owner of the alerts about budgets; no plan has an empty id. */
const OWNER = "";

/** Looks at the error budgets once a minute, and shows and tells how they stand. */
export function createBudgetWatch(deps: BudgetWatchDeps) {
	let lookedAtMs = 0;
	let worst: ErrorBudget | undefined;

	async function look(nowMs: number): Promise<void> {
		const { reading } = await deps.budgets.view(INTERVAL_MS);
		show(deps.metrics, reading, deps.serviceName);
		worst = smallest(reading?.budgets ?? []);
		// What is unknown is neither alarming nor fine: alerts that are raised stay.
		if (reading === null || !(await takesTurn(deps))) return;
		const due = dueAlerts(reading, deps.criticalRatio);
		await sendAlerts(deps, [{ owner: OWNER, plan: null, due }], nowMs);
	}

	return {
		/** The budget of which least is left; undefined: unknown. */
		worst: () => worst,
		/** Never throws for a server that is away. */
		async turn(nowMs: number): Promise<void> {
			if (nowMs - lookedAtMs < INTERVAL_MS) return;
			lookedAtMs = nowMs;
			const check_type = "budget";
			const stopTimer = deps.metrics.slaCheckSeconds.startTimer({ check_type });
			try {
				await look(nowMs);
			} catch (error) {
				if (!hasCode(error, "PUBLISH_UNCONFIRMED")) throw error;
				deps.metrics.slaMonitorErrors.inc({ error_type: "alert_publish" });
			} finally {
				stopTimer();
			}
		},
	};
}

/** One process a minute; while Redis is away, each. */
async function takesTurn({ redis, scope }: BudgetWatchDeps): Promise<boolean> {
	try {
		const taken = await redis.run("take_budget_turn", (client) =>
			client.set(`sla:budget-turn:${scope}`, "1", "PX", INTERVAL_MS / 2, "NX"),
		);
		return taken === "OK";
	} catch (error) {
		if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
		return true;
	}
}

function dueAlerts(
	{ budgets, burning }: BudgetReading,
	criticalRatio: number,
): AlertDue[] {
	return budgets.flatMap((budget) => [
		...(isBudgetCritical(budget.error_budget_remaining, criticalRatio)
			? [budgetAlert("BUDGET_CRITICAL", budget)]
			: []),
		...(burning.includes(budget.slo_id)
			? [budgetAlert("BURN_RATE_HIGH", budget)]
			: []),
	]);
}

/** An unknown budget has no remaining share, and a status of its own: a gauge that stays would look fine. */
function show(
	metrics: BudgetWatchDeps["metrics"],
	reading: BudgetReading | null,
	service_name: string,
): void {
	metrics.slaComplianceRatio.reset();
	metrics.slaBudgetRemaining.reset();
	metrics.slaBudgetStatus.reset();
	metrics.slaBurnRate.reset();
	if (reading === null)
		metrics.slaBudgetStatus.set({ service_name, slo_id: "unknown" }, -1);
	for (const budget of reading?.budgets ?? []) {
		const labels = { service_name, slo_id: budget.slo_id };
		metrics.slaComplianceRatio.set(labels, budget.sli_value);
		metrics.slaBudgetRemaining.set(labels, budget.error_budget_remaining);
		metrics.slaBudgetStatus.set(labels, levelOf(budget.status));
		for (const { window_hours, rate } of budget.burn_rates) {
			const window = String(Math.round(window_hours * 100) / 100);
			metrics.slaBurnRate.set({ ...labels, window_hours: window }, rate);
		}
	}
}

function levelOf(status: BudgetStatus): number {
	return budgetStatuses.indexOf(status);
}

function smallest(budgets: readonly ErrorBudget[]): ErrorBudget | undefined {
	return budgets.toSorted(
		(a, b) => a.error_budget_remaining - b.error_budget_remaining,
	)[0];
}
