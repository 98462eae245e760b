import { isObject } from "../domain/field-reader.ts";
import { isLongNumber, toNumber } from "./bson-values.ts";
import type { Mongo } from "./storage-context.ts";

export interface Ledger {
	/**
	 * The plan as the ledger holds it, as plain JSON; undefined when it has none. Throws STORE_UNAVAILABLE when
	 * MongoDB is away.
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
			const plan = toPlainJson(entry.plan_data ?? null);
			if (!isObject(plan)) return plan;
			const intent_id = toPlainJson(entry.intent_id ?? null);
			return {
				...plan,
				plan_id: entry.plan_id,
				...(intent_id === null ? {} : { intent_id }),
			};
		},
	};
}

/** Converts dates and the like to JSON values: the plan is passed on as JSON. */
function toPlainJson(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value, withExactNumbers));
}

/** A replacer gets the result of `toJSON`, so the original value is checked instead. */
function withExactNumbers(
	this: Record<string, unknown>,
	key: string,
	value: unknown,
): unknown {
	const original = this[key];
	return isLongNumber(original) ? toNumber(original) : value;
}
