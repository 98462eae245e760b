import type { OrphanReport } from "../domain/orphan-watch.ts";
import { openPlanStatuses } from "../domain/plan-run.ts";
import {
	type MongoClientSettings,
	openMongoClient,
} from "./mongo-connection.ts";
import { ORPHAN_REPORTS } from "./orphan-plans.ts";
import { PLANS } from "./plan-queries.ts";
import type { StoredDocument } from "./storage-context.ts";

export interface QuietPlans {
	report: OrphanReport | undefined;
	/** The plans without progress for longest. */
	planIds: string[];
	/** Whether these are all such plans. */
	isAll: boolean;
}

/**
 * Open plans without progress since `beforeMs`, and the newest report of the orphan watch. Rejects with the
 * driver's own error.
 */
export async function inspectPlans(
	settings: MongoClientSettings,
	{
		watchId,
		beforeMs,
		limit,
	}: { watchId: string; beforeMs: number; limit: number },
): Promise<QuietPlans> {
	const client = openMongoClient(settings);
	try {
		await client.connect();
		const database = client.db(settings.database);
		const report = await database
			.collection<StoredDocument>(ORPHAN_REPORTS)
			.findOne({ _id: watchId });
		const plans = await database
			.collection<StoredDocument>(PLANS)
			.find(
				{
					kind: "plan",
					status: { $in: [...openPlanStatuses] },
					last_progress_at: { $lte: beforeMs },
				},
				{
					projection: { plan_id: 1 },
					sort: { last_progress_at: 1, _id: 1 },
					limit: limit + 1,
				},
			)
			.toArray();
		return {
			report: (report ?? undefined) as OrphanReport | undefined,
			planIds: plans.slice(0, limit).map(({ plan_id }) => String(plan_id)),
			isAll: plans.length <= limit,
		};
	} finally {
		await client.close();
	}
}
