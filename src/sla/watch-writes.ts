import type { DocumentWrite, PlanDocument } from "../domain/documents.ts";
import { checkAfterWrite, type WatchRules } from "../domain/sla/watch-plan.ts";
import type { DocumentStore } from "../storage/document-store.ts";
import type { PlanCheck, WatchQueue } from "./watch-queue.ts";

/**
 * A document store that also schedules the next look at each plan, once its document is stored. What it sends to
 * Redis shares the round trip of what else is sent in the same tick.
 */
export function watchWrites(
	store: DocumentStore,
	{ queue, rules }: { queue: Pick<WatchQueue, "schedule">; rules: WatchRules },
): DocumentStore {
	return {
		async write(writes) {
			await store.write(writes);
			// Not waited for: a look that is not scheduled is found again.
			void queue.schedule(checksOf(writes, rules, Date.now()));
		},
	};
}

function checksOf(
	writes: readonly DocumentWrite[],
	rules: WatchRules,
	nowMs: number,
): PlanCheck[] {
	return writes.flatMap(({ collection, fields }) => {
		if (collection !== "workflows") return [];
		const { plan_id, ...state } = fields as unknown as PlanDocument;
		const atMs = checkAfterWrite(state, nowMs, rules);
		return atMs === null ? [] : [{ planId: plan_id, atMs }];
	});
}
