import type { DecisionArchive } from "../plans/decision-ports.ts";
import type { Mongo, StoredDocument } from "./storage-context.ts";

const PLAN_FIELDS = [
	"workflow_id",
	"decision_id",
	"plan_hash",
	"published_at",
	"publish_attempted",
	"status",
	"policy",
	"audit_head",
] as const;
const DECISION_FIELDS = [
	"plan_id",
	"plan_hash",
	"workflow_id",
	"final_decision",
	"recorded_at",
] as const;

/** Plans and decisions in MongoDB: each call is one read by `_id`. */
export function createDecisionArchive(
	mongo: Mongo,
	workflowIdOf: (planId: string) => string,
): DecisionArchive {
	return {
		readPlan: (planId) =>
			readOne(mongo, "workflows", workflowIdOf(planId), PLAN_FIELDS),
		readDecision: (decisionId) =>
			readOne(mongo, "decisions", decisionId, DECISION_FIELDS),
	};
}

async function readOne<T>(
	mongo: Mongo,
	collection: string,
	id: string,
	fields: readonly (keyof T & string)[],
): Promise<T | undefined> {
	const projection = Object.fromEntries(fields.map((field) => [field, 1]));
	const found = await mongo.run(
		{ collection, name: "recall" },
		async (target) => await target.findOne({ _id: id }, { projection }),
	);
	if (found === null) return undefined;
	const { _id, ...rest }: StoredDocument = found;
	return rest as T;
}
