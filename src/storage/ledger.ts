import type { Mongo } from "./storage-context.ts";

export interface Ledger {
	/**
	 * The plan as the ledger holds it, as plain JSON; undefined when it has none. Throws
	 * STORE_UNAVAILABLE when nobody can say.
	 */
	readPlan(planId: string): Promise<unknown | undefined>;
}

/** Plans by id, for decisions that do not carry theirs. Written by another service; only read here. */
export function createLedger(mongo: Mongo): Ledger {
	return {
		async readPlan(planId) {
			const entry = await mongo.run(
				{ collection: "cognitive_ledger", name: "read_plan" },
				async (target) => await target.findOne({ plan_id: planId }),
			);
			if (entry === null) return undefined;
			const { plan_id, intent_id, plan_data } = entry;
			// Dates and the like become what they are in JSON: the plan travels on as JSON.
			const plan: unknown = JSON.parse(JSON.stringify(plan_data ?? null));
			if (typeof plan !== "object" || plan === null || Array.isArray(plan)) {
				return plan;
			}
			return {
				...plan,
				plan_id,
				...(intent_id === undefined || intent_id === null ? {} : { intent_id }),
			};
		},
	};
}
