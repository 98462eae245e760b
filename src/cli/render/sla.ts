import type { ErrorBudget } from "../../domain/sla/error-budget.ts";
import type { PlanForecast, PlanSla } from "../../domain/sla/sla-terms.ts";
import type { DeadlineRisk } from "../../domain/sla/watch-plan.ts";
import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";
import { renderDuration, renderRelative, renderTime } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

export interface BudgetsAnswer {
	budgets: ErrorBudget[];
	known: boolean;
	source: string;
	error: string | null;
}

/** A table of error budgets, or why nobody knows them. */
export function renderBudgets(
	{ budgets, known, source, error }: BudgetsAnswer,
	frame: Frame,
): string[] {
	const { paint, width } = frame;
	if (!known)
		return wrap(
			`! the error budgets are unknown: ${error ?? "nobody says why"}`,
			width,
			"  ",
		);
	if (budgets.length === 0) return ["there is no error budget"];
	return [
		...renderTable(
			[
				{ title: "OBJECTIVE", text: ({ slo_id }: ErrorBudget) => slo_id },
				{
					title: "STATUS",
					text: ({ status }) => status,
					tone: ({ status }) => (status === "HEALTHY" ? "good" : "bad"),
				},
				{
					title: "LEFT",
					align: "right",
					text: ({ error_budget_remaining }) =>
						`${error_budget_remaining.toFixed(1)} %`,
				},
				{
					title: "TARGET",
					align: "right",
					text: ({ slo_target }) => `${(slo_target * 100).toFixed(2)} %`,
				},
				{
					title: "BURN RATES",
					flexible: true,
					spare: 1,
					text: ({ burn_rates }) =>
						burn_rates
							.map(
								({ window_hours, rate }) =>
									`${renderDuration(window_hours * 3_600_000)}: ${rate.toFixed(1)}`,
							)
							.join(", "),
				},
			],
			budgets,
			frame,
		),
		paint("dim", `from ${source}`),
	];
}

export interface PlanSlaAnswer {
	plan_id: string;
	status: string;
	sla: PlanSla | null;
	risk: DeadlineRisk | null;
	alerts: { alert_type: string; ticket_id: string | null; raised_at: number }[];
	violations: {
		violation_type: string;
		ticket_id: string | null;
		delay_ms: number;
	}[];
}

/** A plan's deadline, forecast and what it broke. */
export function renderPlanSla(
	{ plan_id, status, sla, risk, alerts, violations }: PlanSlaAnswer,
	{ paint, width, nowMs }: Frame,
): string[] {
	const head = `${paint("strong", plan_id)}  ${paint(signOf(status).tone, withSymbol(status))}`;
	if (sla === null) return [head, "nothing is promised yet"];
	const { deadline, source, forecast } = sla;
	const predicted = risk?.predicted_end ?? forecast?.predicted_end;
	return [
		head,
		`  promised   ${renderTime(deadline)}, ${renderRelative(deadline, nowMs)} (${source})`,
		...(predicted === undefined || predicted === null
			? []
			: [`  predicted  ${renderTime(predicted)}`]),
		...missLines(forecast),
		...(forecast === null
			? []
			: wrap(`  path       ${pathText(forecast)}`, width, "             ")),
		...(risk === null
			? []
			: [paint("bad", `! the deadline is at risk: ${riskText(risk)}`)]),
		...(alerts.length === 0
			? []
			: [`  ${count(alerts.length, "alert")} raised, not cleared yet`]),
		...violations.map(
			({ violation_type, ticket_id, delay_ms }) =>
				`  ${violation_type} by ${renderDuration(delay_ms)}: ${ticket_id === null ? "the plan" : `ticket ${ticket_id}`}`,
		),
	];
}

/** How sure the prediction is. */
function missLines(forecast: PlanForecast | null): string[] {
	const { miss } = forecast ?? {};
	if (miss === undefined) return [];
	const percent = (chance: number) => `${Math.round(100 * chance)} %`;
	const tickets = miss.tickets.map(
		({ task_id, chance }) => `${task_id} ${percent(chance)}`,
	);
	return [
		`  likely     ${renderTime(miss.end_p10)} to ${renderTime(miss.end_p90)}; ${percent(miss.chance)} chance to miss it`,
		...(tickets.length === 0
			? []
			: [`  tickets    may miss theirs: ${tickets.join(", ")}`]),
	];
}

function pathText({
	path,
	path_length,
}: {
	path: string[];
	path_length: number;
}): string {
	const rest = path_length - path.length;
	return `${path.join(" > ")}${rest > 0 ? ` > … ${rest} more` : ""}`;
}

function riskText({ reason, remaining_seconds }: DeadlineRisk): string {
	if (reason === "passed") return "it has passed";
	const left = `${renderDuration(remaining_seconds * 1000)} are left`;
	return reason === "forecast"
		? `by its critical path it ends later; ${left}`
		: `most of its time is gone; ${left}`;
}
