import type { SearchAttributeUpdatePair } from "@temporalio/common";
import { upsertSearchAttributes } from "@temporalio/workflow";
import {
	type PlanEvent,
	type StatusAfter,
	statusProblem,
} from "../src/domain/plan-lifecycle.ts";
import { isFinalStatus } from "../src/domain/plan-run.ts";
import { searchAttributes } from "../src/domain/search-attributes.ts";
import { record } from "./record-events.ts";
import type { PlanRun } from "./run-state.ts";

/**
 * Moves the plan's status by an event of its lifecycle, and the search attribute with it; `others` are search
 * attributes that go with it at no extra cost.
 */
export function moveStatus<E extends PlanEvent>(
	run: PlanRun,
	event: E,
	status: StatusAfter<E>,
	others: SearchAttributeUpdatePair[] = [],
): void {
	const { facts } = run;
	const problem = statusProblem(facts.status, event);
	if (problem !== undefined) record(run, { kind: "lawBroken", problem });
	if (facts.status === status) return;
	facts.status = status;
	if (isFinalStatus(status)) facts.finishedAt = Date.now();
	record(run, { kind: "statusChanged", status });
	upsertSearchAttributes([
		{ key: searchAttributes.planStatus, value: status },
		...others,
	]);
}
