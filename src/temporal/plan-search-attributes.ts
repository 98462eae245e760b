import type { SearchAttributePair } from "@temporalio/common";
import { isObject } from "../domain/field-reader.ts";
import type { PlanRunInput, RecordDecisionInput } from "../domain/plan-run.ts";
import { searchAttributes } from "../domain/search-attributes.ts";

/** Words of a plan that nobody validated yet: longer ones are left out, the workflow sets them later. */
const MAX_WORD_LENGTH = 100;

/** What a plan is found by from its first moment. */
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

/** What a decision that is only recorded is found by. It has no status: it is no plan at work. */
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
