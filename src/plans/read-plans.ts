import type { PlanDocument, TicketDocument } from "../domain/documents.ts";
import {
	listPlansOf,
	type PlanCursor,
	type PlanList,
	planSortKeys,
} from "../domain/plan-list.ts";
import { isOpenStatus } from "../domain/plan-run.ts";
import { withEstimate } from "../domain/prediction/estimate.ts";
import { foldTicketId } from "../domain/ticket-ids.ts";
import type {
	RunningPlans,
	StoredPlans,
	TicketPage,
	TicketQuery,
} from "./plan-ports.ts";
import type { Sourced } from "./read-with-fallback.ts";
import {
	createReadWithFallback,
	type ReadMetrics,
} from "./read-with-fallback.ts";
import type { TicketIndex } from "./ticket-index.ts";

export interface PlanPageQuery extends PlanList {
	after?: PlanCursor | undefined;
	limit: number;
}

/** One page of plans. */
export interface PlanPage {
	plans: PlanDocument[];
	/** The position after the last plan; null: there are no more plans. */
	next: PlanCursor | null;
	/** false while MongoDB is away: the page then has only open plans, and not necessarily all of them. */
	isComplete: boolean;
	/** Ids of open plans whose workflows did not answer. */
	missing: string[];
}

/**
 * Reads for REST: from the read model, or from the workflows while MongoDB is away or does not have the plan
 * yet. `undefined`: there is no such plan or ticket. When neither can tell, the read throws.
 */
export interface PlanReads {
	listPlans(query: PlanPageQuery): Promise<Sourced<PlanPage>>;
	readPlan(planId: string): Promise<Sourced<PlanDocument> | undefined>;
	listTickets(
		planId: string,
		query: TicketQuery,
	): Promise<Sourced<TicketPage> | undefined>;
	readTicket(ticketId: string): Promise<Sourced<TicketDocument> | undefined>;
}

export interface PlanReadsDeps {
	stored: StoredPlans;
	running: RunningPlans;
	index: Pick<TicketIndex, "resolve">;
	metrics: ReadMetrics;
}

/** Each open plan costs a query of its own. */
const MAX_QUERIED_PLANS = 100;
/** A plan with recent progress is not checked: the check would cost a call to Temporal for every read. */
const QUIET_MS = 10_000;
/** A query's answer is limited to 2 MB. */
const QUERY_PAGE = 500;

export function createPlanReads({
	stored,
	running,
	index,
	metrics,
}: PlanReadsDeps): PlanReads {
	const readWithFallback = createReadWithFallback(metrics);
	return {
		async listPlans(query) {
			const answer = await readWithFallback(
				"plans",
				async () => await listStoredPlans(stored, query),
				async () => await listOpen(running, query),
			);
			return answer as Sourced<PlanPage>;
		},

		async readPlan(planId) {
			const read = () =>
				readWithFallback(
					"plan",
					async () => await stored.readPlan(planId),
					async () => await running.readPlan(planId),
				);
			const plan = await read();
			if (plan === undefined || !isQuiet(plan.value)) return plan;
			return (await running.settleEnded(planId)) ? await read() : plan;
		},

		async listTickets(planId, query) {
			const page = await readWithFallback(
				"tickets",
				async () => await listStoredTickets(stored, planId, query),
				async () => await listRunning(running, planId, query),
			);
			if (page === undefined) return undefined;
			const tickets = page.value.tickets.map(withEstimate);
			return { ...page, value: { ...page.value, tickets } };
		},

		async readTicket(asked) {
			const ticketId = foldTicketId(asked);
			const ticket = await readWithFallback(
				"ticket",
				async () => await stored.readTicket(ticketId),
				async () => {
					const planId = (await index.resolve([ticketId])).get(ticketId);
					if (planId === undefined) return undefined;
					const tickets = await running.readTickets(planId, {
						ids: [ticketId],
					});
					return tickets?.[0];
				},
			);
			return ticket && { ...ticket, value: withEstimate(ticket.value) };
		},
	};
}

/** An open plan without recent progress: its run may have been ended from outside. */
function isQuiet({ status, last_progress_at }: PlanDocument): boolean {
	return isOpenStatus(status) && Date.now() - last_progress_at >= QUIET_MS;
}

async function listStoredPlans(
	stored: StoredPlans,
	query: PlanPageQuery,
): Promise<PlanPage> {
	// One more than asked for tells whether there is a next page.
	const found = await stored.listPlans({ ...query, limit: query.limit + 1 });
	return { ...pageOf(found, query), isComplete: true, missing: [] };
}

async function listOpen(
	running: RunningPlans,
	query: PlanPageQuery,
): Promise<PlanPage> {
	const { plans, missing } = await running.listOpenPlans(MAX_QUERIED_PLANS);
	const found = listPlansOf(plans, query, query.after);
	return { ...pageOf(found, query), isComplete: false, missing };
}

function pageOf(
	found: readonly PlanDocument[],
	{ limit, sort }: PlanPageQuery,
): Pick<PlanPage, "plans" | "next"> {
	const plans = found.slice(0, limit);
	const last = found.length > limit ? plans.at(-1) : undefined;
	if (last === undefined) return { plans, next: null };
	const value = last[planSortKeys[sort].field] ?? 0;
	return { plans, next: { value, workflow_id: last.workflow_id } };
}

/** undefined when MongoDB has no tickets of the plan but the plan may have some. */
async function listStoredTickets(
	stored: StoredPlans,
	planId: string,
	query: TicketQuery,
): Promise<TicketPage | undefined> {
	const page = await stored.listTickets(planId, query);
	if (page === undefined || page.total > 0) return page;
	const isOpen = isOpenStatus(page.plan_status);
	// The first tickets of an open plan may not be stored yet; with a filter an empty page is normal.
	return isOpen && query.status === undefined ? undefined : page;
}

async function listRunning(
	running: RunningPlans,
	planId: string,
	query: TicketQuery,
): Promise<TicketPage | undefined> {
	const tickets: TicketDocument[] = [];
	for (;;) {
		const part = await running.readTicketPage(planId, {
			...query,
			offset: query.offset + tickets.length,
			limit: query.limit - tickets.length,
		});
		if (part === undefined) return undefined;
		tickets.push(...part.tickets);
		const isEnd = part.tickets.length === 0 || tickets.length >= query.limit;
		if (isEnd) return { tickets, total: part.total };
	}
}

/** All tickets of a plan, from its workflow; undefined when the plan has no run. */
export async function readRunningTickets(
	running: Pick<RunningPlans, "readTickets">,
	planId: string,
): Promise<TicketDocument[] | undefined> {
	const all: TicketDocument[] = [];
	for (;;) {
		const range = { offset: all.length, limit: QUERY_PAGE };
		const some = await running.readTickets(planId, range);
		if (some === undefined) return undefined;
		// A page may be shorter than requested: only an empty page is the end.
		if (some.length === 0) return all;
		all.push(...some);
	}
}
