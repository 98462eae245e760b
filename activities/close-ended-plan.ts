import type { TicketSummary } from "../src/domain/ended-plan-result.ts";
import type {
	EndedRun,
	LastWords,
	StoredPlan,
} from "../src/domain/ended-run.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import type { OrphanDeps } from "./watch-orphans.ts";
import type { DocumentWriter } from "./write-documents.ts";

export interface OpenTicketsClosing {
	plan_id: string;
	revision: string;
	reason: string;
	ended_at: number;
	at: number;
}

/** As many as an incident names, and one that says that there are more. */
const MAX_NAMED = 4_001;

export function createReadLastWords({ runs }: OrphanDeps) {
	/** Safe to retry: reads only. undefined: the plan has another run by now. */
	return async function readLastWords(
		run: EndedRun,
	): Promise<{ words: LastWords } | undefined> {
		const words = await whileHeartbeating(() => runs.readLastWords(run));
		return words && { words };
	};
}

export function createReadStoredPlan({ orphans }: OrphanDeps) {
	/** Safe to retry: reads only. */
	return async function readStoredPlan(planId: string): Promise<StoredPlan> {
		return await whileHeartbeating(() => orphans.readPlan(planId));
	};
}

export function createSummarizeTickets({ orphans }: OrphanDeps) {
	/** Safe to retry: reads only. */
	return async function summarizeTickets(
		planId: string,
	): Promise<TicketSummary> {
		return await whileHeartbeating(() => orphans.summarize(planId));
	};
}

export function createCloseOpenTickets({
	orphans,
	documents,
}: OrphanDeps & { documents: DocumentWriter }) {
	/**
	 * Marks the plan's open tickets and attempts as failed, and tickets that never went out as skipped. Returns
	 * the first ids of tickets that went out. Safe to retry: it finds the tickets it has marked by its revision.
	 */
	return async function closeOpenTickets({
		plan_id,
		revision,
		reason,
		ended_at,
		at,
	}: OpenTicketsClosing): Promise<string[]> {
		const affected: string[] = [];
		await whileHeartbeating(async ({ signal }) => {
			for await (const page of orphans.findOpen(plan_id, revision)) {
				signal.throwIfAborted();
				await documents.write(
					page.map(({ collection, _id, published }) => ({
						collection,
						_id,
						revision,
						fields: {
							// Watchers of changes need the plan's id.
							plan_id,
							status: "FAILED",
							outcome: published ? "failed" : "skipped",
							error_message: reason,
							finished_at: ended_at,
							updated_at: at,
						},
					})),
				);
				const out = page.filter(
					({ collection, published }) =>
						published && collection === "execution_tickets",
				);
				affected.push(...out.map(({ _id }) => _id));
			}
		});
		return affected.slice(0, MAX_NAMED);
	};
}
