import type { SearchAttributePair } from "@temporalio/common";
import { isObject } from "../domain/field-reader.ts";
import type { PlanRunInput, RecordDecisionInput } from "../domain/plan-run.ts";
import { searchAttributes } from "../domain/search-attributes.ts";

/** Longest text of a plan before its validation: longer texts are left out, the workflow sets them later. */
const MAX_WORD_LENGTH = 100;

/** The search attributes of a new plan. */
export function planSearchAttributes({
	decision,
	plan,
	orchestrator_version,
}: PlanRunInput): SearchAttributePair[] {
	const { risk_band, original_domain } = isObject(plan) ? plan : {};
	return [
		{ key: searchAttributes.planId, value: decision.plan_id },
		{ key: searchAttributes.decisionId, value: decision.decision_id },
		{ key: searchAttributes.planStatus, value: "VALIDATING" },
		{ key: searchAttributes.orchestratorVersion, value: orchestrator_version },
		...word(searchAttributes.riskBand, risk_band),
		...word(searchAttributes.domain, original_domain),
	];
}

/** The search attributes of a decision that is only recorded. They have no status: no plan runs. */
export function decisionSearchAttributes({
	decision,
}: RecordDecisionInput): SearchAttributePair[] {
	return [
		{ key: searchAttributes.planId, value: decision.plan_id },
		{ key: searchAttributes.decisionId, value: decision.decision_id },
	];
}

function word(
	key: { readonly name: string; readonly type: "KEYWORD" },
	value: unknown,
): SearchAttributePair[] {
	if (typeof value !== "string" || value === "") return [];
	return value.length > MAX_WORD_LENGTH ? [] : [{ key, value }];
}
