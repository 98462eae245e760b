import type { Filter } from "mongodb";
import {
	type PlanCursor,
	type PlanList,
	type PlanListField,
	type PlanSort,
	planListFields,
	planSortKeys,
	planSorts,
} from "../domain/plan-list.ts";
import { openPlanStatuses, type PlanStatus } from "../domain/plan-run.ts";
import type { StoredDocument } from "./storage-context.ts";

export type IndexKey = Record<string, 1 | -1>;

/**
 * Fields that have an index of their own in front, by sort. A list by slack holds open plans only and
 * is short; every other field of a filter but the tenant is looked up in the index itself, before any plan is read.
 */
const leads: Record<PlanSort, readonly PlanListField[]> = {
	created: planListFields,
	progress: ["status", "tenant"],
	slack: ["tenant"],
};
/** Those of all indexes. The tenant came later: a key never changes, because the index keeps its name. */
const inAll = planListFields.filter((name) => name !== "tenant");

/** Every index for lists of plans. */
export const planListIndexes: readonly IndexKey[] = planSorts.flatMap((sort) =>
	[undefined, ...leads[sort]].map((lead) => indexKey(sort, lead)),
);

function indexKey(sort: PlanSort, lead: PlanListField | undefined): IndexKey {
	const key: IndexKey = lead === undefined ? {} : { [lead]: 1 };
	key[planSortKeys[sort].field] = -1;
	key._id = -1;
	for (const name of [...inAll, "created_at"]) key[name] ??= 1;
	return key;
}

/** The statuses of plans that have not ended; if one is asked for, at most that one. */
function openStatuses(asked: PlanStatus | undefined): PlanStatus[] {
	return openPlanStatuses.filter((one) => asked === undefined || one === asked);
}

export interface PlanListQuery {
	filter: Filter<StoredDocument>;
	sort: IndexKey;
}

/** MongoDB's query for the list, from after the cursor on. */
export function planListQuery(
	{ filter, sort, order }: PlanList,
	after: PlanCursor | undefined,
): PlanListQuery {
	const { field } = planSortKeys[sort];
	const { created_after, created_before, open, ...values } = filter;
	const direction = order === "asc" ? 1 : -1;
	const [from, upTo] = order === "asc" ? ["$gte", "$lte"] : ["$lte", "$gte"];
	// Numbers only: a plan without a value is not in the list.
	const bounds: Record<string, Record<string, number>> = {
		[field]: { $gte: 0 },
	};
	if (after !== undefined) bounds[field] = { $gte: 0, [from]: after.value };
	const created = bounds.created_at ?? {};
	if (created_after !== undefined)
		created.$gte = Math.max(created_after, created.$gte ?? 0);
	if (created_before !== undefined) created.$lt = created_before;
	if (Object.keys(created).length > 0) bounds.created_at = created;
	return {
		filter: {
			...values,
			...(open && { status: { $in: openStatuses(values.status) } }),
			...bounds,
			// Excludes plans with the same value that were on the page before. Not $or: MongoDB would plan it as two
			// searches.
			...(after !== undefined && {
				$nor: [{ [field]: after.value, _id: { [upTo]: after.workflow_id } }],
			}),
		},
		sort: { [field]: direction, _id: direction },
	};
}
