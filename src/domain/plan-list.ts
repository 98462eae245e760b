import type { PlanDocument } from "./documents.ts";
import { isOpenStatus, type PlanStatus } from "./plan-run.ts";

/** The filter of a list of plans. */
export interface PlanFilter {
	status?: PlanStatus;
	/** Only plans that have not ended. */
	open?: true;
	stage?: string;
	domain?: string;
	risk_band?: string;
	tenant?: string;
	orchestrator_version?: "V1" | "V2";
	/** Created at this moment or later; Unix epoch, ms. */
	created_after?: number;
	/** Created before this moment; Unix epoch, ms. */
	created_before?: number;
}

/** Filter fields with a single value, the most selective first. */
export const planListFields = [
	"status",
	"stage",
	"domain",
	"tenant",
	"risk_band",
	"orchestrator_version",
] as const satisfies readonly (keyof PlanFilter & keyof PlanDocument)[];
export type PlanListField = (typeof planListFields)[number];

export const planSorts = ["created", "slack", "progress"] as const;
export type PlanSort = (typeof planSorts)[number];
export type SortOrder = "asc" | "desc";

/** The field of each sort, and its default direction, which puts the most urgent plans first. */
export const planSortKeys: Record<
	PlanSort,
	{
		field: "created_at" | "slack_at" | "last_progress_at";
		order: SortOrder;
	}
> = {
	created: { field: "created_at", order: "desc" },
	slack: { field: "slack_at", order: "asc" },
	progress: { field: "last_progress_at", order: "desc" },
};

/** A list of plans, without its page. */
export interface PlanList {
	filter: PlanFilter;
	sort: PlanSort;
	order: SortOrder;
}

/** Where a page of plans begins: after the plan with this value of the sort's field. */
export interface PlanCursor {
	value: number;
	workflow_id: string;
}

/** Filters and sorts plans as MongoDB does: a plan without a value of the sort's field is left out. */
export function listPlansOf(
	plans: readonly PlanDocument[],
	{ filter, sort, order }: PlanList,
	after?: PlanCursor,
): PlanDocument[] {
	const { field } = planSortKeys[sort];
	const { open, created_after = 0, created_before = Infinity } = filter;
	const sign = order === "asc" ? 1 : -1;
	const place = (plan: PlanDocument): PlanCursor => ({
		value: plan[field] ?? 0,
		workflow_id: plan.workflow_id,
	});
	return plans
		.filter(
			(plan) =>
				typeof plan[field] === "number" &&
				plan.created_at >= created_after &&
				plan.created_at < created_before &&
				(open === undefined || isOpenStatus(plan.status)) &&
				planListFields.every(
					(name) => filter[name] === undefined || plan[name] === filter[name],
				) &&
				(after === undefined || sign * comparePlaces(place(plan), after) > 0),
		)
		.sort((a, b) => sign * comparePlaces(place(a), place(b)));
}

function comparePlaces(a: PlanCursor, b: PlanCursor): number {
	return a.value - b.value || compare(a.workflow_id, b.workflow_id);
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}
