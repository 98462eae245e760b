import type {
	OpenDocument,
	OrphanStore,
} from "../../activities/watch-orphans.ts";
import { auditPrefix } from "../domain/audit-chain.ts";
import { findLeftOver, type KeptRecord } from "../domain/audit-heads.ts";
import type { PlanDocument } from "../domain/documents.ts";
import type { StoredPlan } from "../domain/ended-run.ts";
import type { OrphanReport, QuietPlan } from "../domain/orphan-watch.ts";
import { openPlanStatuses } from "../domain/plan-run.ts";
import { ATTEMPTS, PLANS, TICKETS } from "./plan-queries.ts";
import type { Mongo } from "./storage-context.ts";
import { summarizeTickets } from "./summarize-tickets.ts";

/** `_id` = id of the watch: its newest report. */
export const ORPHAN_REPORTS = "orphan_reports";
const PAGE = 500;
const PAGE_TIMEOUT_MS = 15_000;

/** Stored plans for the orphan watch, and its newest report. */
export interface OrphanPlans extends OrphanStore {
	/** undefined: the watch has not run yet. */
	readReport(): Promise<OrphanReport | undefined>;
}

/** `watchId` names the watch: several deployments may share a database. */
export function createOrphanPlans(
	mongo: Mongo,
	{
		watchId,
		workflowIdOf,
	}: { watchId: string; workflowIdOf: (planId: string) => string },
): OrphanPlans {
	return {
		async findQuiet({ beforeMs, after, limit }) {
			const found = await mongo.run(
				{ collection: PLANS, name: "find_quiet", timeoutMs: PAGE_TIMEOUT_MS },
				async (target) =>
					await target
						.find(
							{
								kind: "plan",
								status: { $in: [...openPlanStatuses] },
								last_progress_at: {
									$lte: beforeMs,
									...(after && { $gte: after.last_progress_at }),
								},
								...(after && {
									$nor: [
										{
											last_progress_at: after.last_progress_at,
											_id: { $lte: after.workflow_id },
										},
									],
								}),
							},
							{
								projection: { plan_id: 1, workflow_id: 1, last_progress_at: 1 },
								sort: { last_progress_at: 1, _id: 1 },
								limit,
							},
						)
						.toArray(),
			);
			return found.map(
				({ plan_id, workflow_id, last_progress_at }): QuietPlan => ({
					plan_id,
					workflow_id,
					last_progress_at,
				}),
			);
		},

		async readPlan(planId) {
			const found = await mongo.run(
				{ collection: PLANS, name: "read" },
				async (target) => await target.findOne({ _id: workflowIdOf(planId) }),
			);
			if (found === null) return { plan: null, head: null };
			const { _id, ...fields } = found;
			const plan = fields as unknown as PlanDocument;
			return { plan, head: await lastHead(mongo, plan) };
		},

		async *findOpen(planId, revision) {
			for (const collection of [TICKETS, ATTEMPTS] as const)
				yield* findOpen(mongo, collection, planId, revision);
		},

		summarize: (planId) => summarizeTickets(mongo, planId),

		async keepReport(report) {
			await mongo.run(
				{ collection: ORPHAN_REPORTS, name: "keep" },
				async (target) =>
					await target.replaceOne({ _id: watchId }, report, { upsert: true }),
			);
		},

		async readReport() {
			const found = await mongo.run(
				{ collection: ORPHAN_REPORTS, name: "read" },
				async (target) => await target.findOne({ _id: watchId }),
			);
			if (found === null) return undefined;
			const { at, stuck_count, stuck } = found as unknown as OrphanReport;
			return { at, stuck_count, stuck };
		},
	};
}

/**
 * Records are stored before the plan's document that names the last one, so the trail may be longer than the
 * document says.
 */
async function lastHead(
	mongo: Mongo,
	plan: PlanDocument,
): Promise<StoredPlan["head"]> {
	const { plan_id, revision, audit_head = null } = plan;
	const prefix = auditPrefix(plan_id);
	const last = await mongo.run(
		{ collection: "audit_trail", name: "read_last" },
		async (target) =>
			await target.findOne(
				{ _id: { $gt: prefix, $lt: `${prefix.slice(0, -1)};` } },
				{ sort: { _id: -1 } },
			),
	);
	if (last === null) return audit_head;
	const record = last as unknown as KeptRecord;
	const isLeft = findLeftOver(plan_id, {
		plan: { head: audit_head, revision },
	});
	if (isLeft(record)) return audit_head;
	const { trail, sequence, hash } = record;
	return { trail, sequence, hash };
}

async function* findOpen(
	mongo: Mongo,
	collection: OpenDocument["collection"],
	planId: string,
	revision: string,
): AsyncGenerator<OpenDocument[]> {
	let after: string | undefined;
	do {
		const page = await mongo.run(
			{ collection, name: "find_open", timeoutMs: PAGE_TIMEOUT_MS },
			async (target) =>
				await target
					.find(
						{
							plan_id: planId,
							$or: [{ outcome: null }, { revision }],
							...(after !== undefined && { _id: { $gt: after } }),
						},
						{ projection: { published_at: 1 }, sort: { _id: 1 }, limit: PAGE },
					)
					.toArray(),
		);
		if (page.length > 0)
			yield page.map(({ _id, published_at }) => ({
				collection,
				_id,
				published: published_at != null,
			}));
		after = page.length < PAGE ? undefined : page.at(-1)?._id;
	} while (after !== undefined);
}
