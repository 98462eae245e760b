import type { OrchestratorVersion } from "../domain/plan-run.ts";
import {
	type ComparedOutcome,
	comparedFields,
} from "../domain/rollout/compare-arms.ts";
import { comparableFields } from "../domain/rollout/compare-outcome.ts";
import type { PlanOutcome } from "../domain/rollout/outcome.ts";
import { PLAN_OUTCOMES } from "../domain/rollout/plan-outcome.ts";
import type { Mongo } from "../storage/storage-context.ts";

/** What the controller of a release reads of an outcome. */
const rolloutFields = [...comparableFields, "run_id"] as const;
type RolloutOutcome = Pick<PlanOutcome, (typeof rolloutFields)[number]>;

/** Outcomes of plans. Every call throws STORE_UNAVAILABLE when MongoDB cannot be asked. */
export interface OutcomeReader {
	/**
	 * Those of the rollout that were recorded since then, oldest first, by one read of an index. Records appear in
	 * about the order of `recorded_at`: the newest two minutes are read again.
	 */
	readSince(rolloutId: string, sinceMs: number): Promise<RolloutOutcome[]>;
	/** The newest ones recorded since then; `isCut`: there are more. */
	readWindow(
		sinceMs: number,
	): Promise<{ outcomes: ComparedOutcome[]; isCut: boolean }>;
	/** How many were recorded since then, by the version they were assigned. */
	countSince(sinceMs: number): Promise<Record<OrchestratorVersion, number>>;
}

const TIMEOUT_MS = 15_000;
/** A comparison needs no more, and holds so many in memory. */
const MAX_OUTCOMES = 100_000;

export function createOutcomeReader(
	mongo: Mongo,
	maxOutcomes = MAX_OUTCOMES,
): OutcomeReader {
	const at = (name: string) => ({
		...{ collection: PLAN_OUTCOMES, name, timeoutMs: TIMEOUT_MS },
	});
	return {
		async readSince(rollout_id, sinceMs) {
			const found = await mongo.run(at("read_rollout"), (target) =>
				target
					.find(
						{ rollout_id, recorded_at: { $gte: sinceMs } },
						{ projection: only(rolloutFields), sort: { recorded_at: 1 } },
					)
					.toArray(),
			);
			return found as unknown as RolloutOutcome[];
		},

		async readWindow(sinceMs) {
			const found = await mongo.run(at("read_window"), (target) =>
				target
					.find(
						{ recorded_at: { $gte: sinceMs } },
						{
							projection: only(comparedFields),
							sort: { recorded_at: -1 },
							limit: maxOutcomes + 1,
						},
					)
					.toArray(),
			);
			const outcomes = found as unknown as ComparedOutcome[];
			return {
				outcomes: outcomes.slice(0, maxOutcomes),
				isCut: outcomes.length > maxOutcomes,
			};
		},

		async countSince(sinceMs) {
			const count = (version_assigned: OrchestratorVersion) =>
				mongo.run(at("count"), (target) =>
					target.countDocuments({
						...{ recorded_at: { $gte: sinceMs }, version_assigned },
					}),
				);
			const [V1, V2] = await Promise.all([count("V1"), count("V2")]);
			return { V1, V2 };
		},
	};
}

function only(fields: readonly string[]): Record<string, 0 | 1> {
	return {
		_id: 0,
		...Object.fromEntries(fields.map((field) => [field, 1 as const])),
	};
}
