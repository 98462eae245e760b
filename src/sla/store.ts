import type { FindOptions } from "mongodb";
import type { SlaViolation } from "../../schemas/sla-violation.ts";
import type { PlanDocument, TicketDocument } from "../domain/documents.ts";
import { openPlanStatuses } from "../domain/plan-run.ts";
import type { EndedMinute } from "../domain/sla/ended-plans.ts";
import { PLANS, TICKETS } from "../storage/plan-queries.ts";
import type { Mongo } from "../storage/storage-context.ts";

/** `_id` = violation id: what is on the topic. */
const VIOLATIONS = "sla_violations";
/** As long as on the topic. */
const VIOLATION_LIFETIME_MS = 30 * 86_400_000;
const TIMEOUT_MS = 15_000;
const MINUTE_MS = 60_000;
/** Violations that one answer shows. */
const MAX_LISTED = 500;
/** A plan without a deadline kept it. */
const ENDED_WELL = {
	$and: [
		{ $eq: ["$status", "SUCCESS"] },
		{
			$or: [
				{ $eq: [{ $ifNull: ["$sla_deadline", null] }, null] },
				{ $lte: ["$finished_at", "$sla_deadline"] },
			],
		},
	],
};
/** At most so many open plans are looked at when the queue is away or has lost some. */
const MAX_PLANS = 20_000;
/** Tickets of one plan that are looked at as being at risk: those with the nearest deadlines. */
const MAX_TICKETS = 1_000;

/** What a look at a plan reads of its document. */
export type WatchedPlan = Pick<
	PlanDocument,
	(typeof planFields)[number] | "former_rounds" | "approval"
>;
const planFields = [
	...(["plan_id", "workflow_id", "run_id", "status", "risk_band"] as const),
	...(["finished_at", "error_message", "sla_deadline", "sla"] as const),
	...(["tickets_generated", "tickets_completed"] as const),
	...(["correlation_id", "trace_id"] as const),
] as const;
const PLAN_FIELDS = {
	...projection(planFields),
	...projection([
		...["former_rounds.round", "approval.requested_at", "approval.expires_at"],
	]),
};

/** What a look at a ticket reads of its document. */
export type WatchedTicket = Pick<TicketDocument, (typeof ticketFields)[number]>;
const ticketFields = [
	...(["ticket_id", "task_id", "task_type", "created_at", "sla"] as const),
	...(["outcome", "attempt", "published_at", "started_at"] as const),
	...(["finished_at", "actual_duration_ms"] as const),
] as const;
const TICKET_FIELDS = projection(ticketFields);

function projection(fields: readonly string[]): Record<string, 0 | 1> {
	return { _id: 0, ...Object.fromEntries(fields.map((name) => [name, 1])) };
}

/** The recorded violations of a plan and its tickets. */
export interface KnownViolations {
	ids: ReadonlySet<string>;
	/** Those of `ids` that an incident told of. */
	raised: ReadonlySet<string>;
	/** Tickets that have one. */
	lateTickets: number;
}

/** The documents that the watch reads and writes. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface SlaStore {
	/** By `_id`, in one round trip; those that are not there are left out. */
	readPlans(planIds: readonly string[]): Promise<WatchedPlan[]>;
	/** Open plans, and those that ended since; by declared indexes. */
	findPlans(endedSinceMs: number): Promise<WatchedPlan[]>;
	/** Open tickets of the plan with a deadline up to then, at most 1,000: the same ones each time, the nearest first. */
	openTickets(planId: string, deadlineMs: number): Promise<WatchedTicket[]>;
	/** Tickets of the plan that ended by themselves. */
	endedTickets(planId: string): Promise<WatchedTicket[]>;
	/** Of those plans that have some. */
	knownViolations(
		planIds: readonly string[],
	): Promise<Map<string, KnownViolations>>;
	/** Plans that ended within `[fromMs, toMs)`, by the minute; only those that ran to an end. */
	countEnded(fromMs: number, toMs: number): Promise<EndedMinute[]>;
	/** The newest violations of the plan and its tickets. */
	listViolations(planId: string): Promise<SlaViolation[]>;
	/** Safe to repeat. */
	recordViolations(violations: readonly SlaViolation[]): Promise<void>;
	/** An incident told of these recorded violations. Safe to repeat. */
	noteIncident(
		incidentId: string,
		violationIds: readonly string[],
	): Promise<void>;
}

export function createSlaStore(
	mongo: Mongo,
	workflowIdOf: (planId: string) => string,
): SlaStore {
	const findPlansBy = async (filter: object) =>
		(await mongo.run(
			{ collection: PLANS, name: "find_watched", timeoutMs: TIMEOUT_MS },
			async (target) =>
				await target
					.find(filter, { projection: PLAN_FIELDS, limit: MAX_PLANS })
					.toArray(),
		)) as unknown as WatchedPlan[];
	const findTickets = async (
		name: string,
		filter: object,
		options: FindOptions = {},
	) =>
		(await mongo.run(
			{ collection: TICKETS, name, timeoutMs: TIMEOUT_MS },
			async (target) =>
				await target
					.find(filter, { projection: TICKET_FIELDS, ...options })
					.toArray(),
		)) as unknown as WatchedTicket[];
	return {
		async readPlans(planIds) {
			if (planIds.length === 0) return [];
			return await findPlansBy({ _id: { $in: planIds.map(workflowIdOf) } });
		},

		async findPlans(endedSinceMs) {
			const [open, ended] = await Promise.all([
				findPlansBy({ kind: "plan", status: { $in: [...openPlanStatuses] } }),
				findPlansBy({ kind: "plan", finished_at: { $gte: endedSinceMs } }),
			]);
			return [...open, ...ended];
		},

		openTickets: (plan_id, deadlineMs) =>
			findTickets(
				"find_at_risk",
				{
					plan_id,
					outcome: null,
					compensates: null,
					superseded_by: null,
					"sla.deadline": { $lte: deadlineMs },
				},
				{ sort: { "sla.deadline": 1, _id: 1 }, limit: MAX_TICKETS },
			),

		endedTickets: (plan_id) =>
			findTickets("find_ended", {
				plan_id,
				compensates: null,
				outcome: { $in: ["completed", "failed", "timed_out", "compensated"] },
			}),

		async knownViolations(planIds) {
			if (planIds.length === 0) return new Map();
			const found = await mongo.run(
				{ collection: VIOLATIONS, name: "find", timeoutMs: TIMEOUT_MS },
				async (target) =>
					await target
						.find(
							{ plan_id: { $in: [...planIds] } },
							{ projection: { plan_id: 1, ticket_id: 1, incident_id: 1 } },
						)
						.toArray(),
			);
			const byPlan = Map.groupBy(found, ({ plan_id }) => plan_id as string);
			return new Map(
				[...byPlan].map(([planId, own]) => {
					const tickets = own.flatMap(({ ticket_id }) => ticket_id ?? []);
					const ids = new Set(own.map(({ _id }) => _id));
					const raised = new Set(
						own.flatMap(({ _id, incident_id }) => (incident_id ? _id : [])),
					);
					const lateTickets = new Set(tickets).size;
					return [planId, { ids, raised, lateTickets }];
				}),
			);
		},

		async countEnded(fromMs, toMs) {
			const found = await mongo.run(
				{ collection: PLANS, name: "count_ended", timeoutMs: TIMEOUT_MS },
				async (target) =>
					await target
						.aggregate<{ _id: number; total: number; bad: number }>([
							{
								$match: {
									kind: "plan",
									finished_at: { $gte: fromMs, $lt: toMs },
									status: { $in: ["SUCCESS", "PARTIAL", "FAILED"] },
								},
							},
							{
								$group: {
									_id: {
										$subtract: [
											"$finished_at",
											{ $mod: ["$finished_at", MINUTE_MS] },
										],
									},
									total: { $sum: 1 },
									bad: { $sum: { $cond: [ENDED_WELL, 0, 1] } },
								},
							},
						])
						.toArray(),
			);
			return found.map(({ _id, total, bad }) => ({
				minute: Number(_id),
				total,
				bad,
			}));
		},

		async listViolations(planId) {
			const found = await mongo.run(
				{ collection: VIOLATIONS, name: "list", timeoutMs: TIMEOUT_MS },
				async (target) =>
					await target
						.find(
							{ plan_id: planId },
							{
								projection: { _id: 0, expires_at: 0, incident_id: 0 },
								sort: { actual_completion: -1 },
								limit: MAX_LISTED,
							},
						)
						.toArray(),
			);
			return found as unknown as SlaViolation[];
		},

		async recordViolations(violations) {
			if (violations.length === 0) return;
			await mongo.run(
				{ collection: VIOLATIONS, name: "record", timeoutMs: TIMEOUT_MS },
				async (target) =>
					await target.bulkWrite(
						violations.map((violation) => ({
							replaceOne: {
								filter: { _id: violation.violation_id },
								replacement: {
									...violation,
									expires_at: new Date(Date.now() + VIOLATION_LIFETIME_MS),
								},
								upsert: true,
							},
						})),
						{ ordered: false },
					),
			);
		},

		async noteIncident(incident_id, violationIds) {
			await mongo.run(
				{
					collection: VIOLATIONS,
					name: "note_incident",
					timeoutMs: TIMEOUT_MS,
				},
				async (target) =>
					await target.updateMany(
						{ _id: { $in: [...violationIds] } },
						{ $set: { incident_id } },
					),
			);
		},
	};
}
