import type { OpenPlans } from "../domain/open-plans.ts";
import { openPlanStatuses } from "../domain/plan-run.ts";
import { PLANS } from "./plan-queries.ts";
import type { Mongo } from "./storage-context.ts";

const TIMEOUT_MS = 15_000;

/** What is stored now, for gauges. Every call throws STORE_UNAVAILABLE when MongoDB cannot be asked. */
export interface StateOfPlans {
	/** Deadlines by the second. */
	countOpen(): Promise<OpenPlans[]>;
	/** The newest plans that ended within `[fromMs, toMs)`, by plan id. */
	listEnded(fromMs: number, toMs: number, limit: number): Promise<string[]>;
	/** Telemetry frames that wait. */
	countBufferedFrames(): Promise<number>;
}

export function createStateOfPlans(mongo: Mongo): StateOfPlans {
	return {
		async countOpen() {
			const found = await mongo.run(
				{ collection: PLANS, name: "count_open", timeoutMs: TIMEOUT_MS },
				async (target) =>
					await target
						.aggregate<
							{ _id: Omit<OpenPlans, "progress" | "count"> } & OpenPlans
						>([
							{
								$match: {
									kind: "plan",
									status: { $in: [...openPlanStatuses] },
								},
							},
							{
								$group: {
									_id: {
										status: "$status",
										tenant: { $ifNull: ["$tenant", "default"] },
										risk_band: "$risk_band",
										deadline: {
											$subtract: [
												"$sla_deadline",
												{ $mod: ["$sla_deadline", 1_000] },
											],
										},
									},
									progress: { $min: "$last_progress_at" },
									count: { $sum: 1 },
								},
							},
						])
						.toArray(),
			);
			return found.map(({ _id, progress, count }) => ({
				status: _id.status,
				tenant: _id.tenant,
				risk_band: _id.risk_band ?? null,
				deadline: _id.deadline == null ? null : Number(_id.deadline),
				progress: Number(progress),
				count: Number(count),
			}));
		},
		async listEnded(fromMs, toMs, limit) {
			const found = await mongo.run(
				{ collection: PLANS, name: "list_ended", timeoutMs: TIMEOUT_MS },
				async (target) =>
					await target
						.find(
							{ kind: "plan", finished_at: { $gte: fromMs, $lt: toMs } },
							{ projection: { plan_id: 1 }, sort: { finished_at: -1 }, limit },
						)
						.toArray(),
			);
			return found.map(({ plan_id }) => String(plan_id));
		},
		countBufferedFrames: () =>
			mongo.run(
				{ collection: "telemetry_buffer", name: "count" },
				async (target) => await target.estimatedDocumentCount(),
			),
	};
}
