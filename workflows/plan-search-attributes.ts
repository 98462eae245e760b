import {
	defineSearchAttributeKey,
	type SearchAttributeUpdatePair,
} from "@temporalio/common";
import { slaDeadline } from "./plan-answers.ts";
import type { PlanRun } from "./plan-run.ts";

const riskBandAttribute = defineSearchAttributeKey("RiskBand", "KEYWORD");
const domainAttribute = defineSearchAttributeKey("Domain", "KEYWORD");
const slaDeadlineAttribute = defineSearchAttributeKey(
	"SlaDeadline",
	"DATETIME",
);

/** What a plan is found by once its tickets are known, beside its status. */
export function planSearchAttributes(
	run: PlanRun,
): SearchAttributeUpdatePair[] {
	const deadline = slaDeadline(run);
	return [
		{ key: riskBandAttribute, value: run.plan?.risk_band ?? null },
		{ key: domainAttribute, value: run.plan?.domain ?? null },
		{
			key: slaDeadlineAttribute,
			value: deadline === null ? null : new Date(deadline),
		},
	];
}
