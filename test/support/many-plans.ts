import type { Db } from "mongodb";
import {
	type PlanFilter,
	type PlanList,
	planSortKeys,
	planSorts,
} from "../../src/domain/plan-list.ts";
import { planDocument, ticketDocument } from "./http.ts";

export const PLANS_WRITTEN = 10_000;
export const TICKETS_PER_PLAN = 20;
const PLANS_PER_BATCH = 250;

const statuses = ["SUCCESS", "SUCCESS", "FAILED", "RUNNING"] as const;
const domains = ["TECHNICAL", "BUSINESS", "SECURITY", null];
const riskBands = ["low", "medium", "high", "critical"];

/** Writes plans of all kinds with their tickets and attempts, as their workflows would. */
export async function writeManyPlans(
	db: Db,
	plans: number = PLANS_WRITTEN,
): Promise<void> {
	for (let from = 0; from < plans; from += PLANS_PER_BATCH) {
		const numbers = Array.from(
			{ length: Math.min(PLANS_PER_BATCH, plans - from) },
			(_, n) => from + n,
		);
		const tickets = numbers.flatMap(ticketsOf);
		await insert(db, "workflows", numbers.map(planOf));
		await insert(db, "execution_tickets", tickets);
		await insert(
			db,
			"ticket_attempts",
			tickets.map(({ ticket_id, plan_id }) => ({
				_id: `${ticket_id}-attempt-2`,
				ticket_id: `${ticket_id}-attempt-2`,
				...{ logical_ticket_id: ticket_id, plan_id, attempt: 2 },
				...{ published_at: 5, finished_at: 6, outcome: "completed" },
			})),
		);
		await insert(
			db,
			"authorization_audit",
			numbers.map((n) => ({
				_id: `a${n}`,
				user_id: `u${n % 50}`,
				tenant_id: `t${n % 10}`,
				decision: n % 9 === 0 ? "deny" : "allow",
				policy_path: "plans/allow",
				timestamp: new Date(n * 1_000).toISOString(),
			})),
		);
	}
}

async function insert(
	db: Db,
	collection: string,
	documents: { _id: string }[],
): Promise<void> {
	await db
		.collection<{ _id: string }>(collection)
		.insertMany(documents, { ordered: false });
}

function planOf(n: number) {
	const status = statuses[n % statuses.length] ?? "SUCCESS";
	const isOpen = status === "RUNNING";
	const plan_id = `plan-${n}`;
	return {
		_id: `orch-${plan_id}`,
		...planDocument({
			plan_id,
			workflow_id: `orch-${plan_id}`,
			status,
			stage: isOpen ? "publishing_tickets" : "completed",
			domain: domains[n % domains.length] ?? null,
			risk_band: riskBands[n % riskBands.length] ?? "low",
			orchestrator_version: n % 5 === 0 ? "V2" : "V1",
			created_at: n,
			slack_at: isOpen ? 10_000 - n : null,
			last_progress_at: (n * 7) % 10_000,
			finished_at: isOpen ? null : n + 10,
			tickets_generated: TICKETS_PER_PLAN,
		}),
	};
}

function ticketsOf(n: number) {
	const plan_id = `plan-${n}`;
	const idOf = (order: number) => `${plan_id}-ticket-${order}`;
	return Array.from({ length: TICKETS_PER_PLAN }, (_, order) => ({
		_id: idOf(order),
		...ticketDocument({
			ticket_id: idOf(order),
			plan_id,
			task_id: `task-${order}`,
			status: order % 4 === 0 ? "FAILED" : "COMPLETED",
			dependencies: order === 0 ? [] : [idOf(order - 1)],
			created_at: n,
			order,
		}),
	}));
}

const everyField: Required<PlanFilter> = {
	status: "RUNNING",
	open: true,
	stage: "completed",
	domain: "TECHNICAL",
	tenant: "acme",
	risk_band: "low",
	orchestrator_version: "V2",
	created_after: 500,
	created_before: 9_000,
};

/** Every list of plans that can be asked for: all combinations of filters, sorts and directions. */
export function everyPlanList(): PlanList[] {
	const filters = Object.entries(everyField).reduce<PlanFilter[]>(
		(all, [name, value]) =>
			all.flatMap((filter) => [filter, { ...filter, [name]: value }]),
		[{}],
	);
	return filters.flatMap((filter) =>
		planSorts.flatMap((sort) => {
			const { order } = planSortKeys[sort];
			const turned = order === "asc" ? "desc" : "asc";
			return [
				{ filter, sort, order },
				{ filter, sort, order: turned },
			] satisfies PlanList[];
		}),
	);
}
