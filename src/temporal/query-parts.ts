import type { AttemptDocument, AttemptsPart } from "../domain/documents.ts";
import type { LinkedNode, PlanGraphPart } from "../domain/plan-graph.ts";
import { planQueries } from "../domain/plan-run.ts";
import { askPlan } from "./read-open-plans.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

/** All tasks of a plan, from its workflow; undefined when the plan has no run. */
export async function readGraph(
	calls: TemporalCalls,
	planId: string,
): Promise<LinkedNode[] | undefined> {
	return await gather(async (offset) => {
		const part = await askPlan<PlanGraphPart>(
			calls,
			planId,
			planQueries.graph,
			{ offset },
		);
		return part && { items: part.nodes, total: part.total };
	});
}

/** All published attempts of a plan, from its workflow; undefined when the plan has no run. */
export async function readAttempts(
	calls: TemporalCalls,
	planId: string,
): Promise<Omit<AttemptDocument, "revision">[] | undefined> {
	return await gather(async (offset) => {
		const part = await askPlan<AttemptsPart>(
			calls,
			planId,
			planQueries.attempts,
			{ offset },
		);
		return part && { items: part.attempts, total: part.total };
	});
}

/** Queries part after part: one answer of a workflow is limited to 2 MB. */
async function gather<T>(
	askFrom: (
		offset: number,
	) => Promise<{ items: T[]; total: number } | undefined>,
): Promise<T[] | undefined> {
	const all: T[] = [];
	for (;;) {
		const part = await askFrom(all.length);
		if (part === undefined) return undefined;
		all.push(...part.items);
		if (part.items.length === 0 || all.length >= part.total) return all;
	}
}
