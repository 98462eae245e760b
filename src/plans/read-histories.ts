import { type LinkedNode, nodesOfTickets } from "../domain/plan-graph.ts";
import { isOpenStatus } from "../domain/plan-run.ts";
import type { PlanHistory } from "../domain/timeline-event.ts";
import type {
	RunningPlans,
	StoredGraph,
	StoredHistories,
} from "./plan-ports.ts";
import { readRunningTickets } from "./read-plans.ts";
import type { Sourced } from "./read-with-fallback.ts";
import {
	createReadWithFallback,
	type ReadMetrics,
} from "./read-with-fallback.ts";

/**
 * A plan's graph and history, from the read model or from its workflow. `undefined`: there is no such plan.
 */
export interface HistoryReads {
	/** All tasks, also before there are tickets. */
	readGraph(planId: string): Promise<Sourced<LinkedNode[]> | undefined>;
	readHistory(planId: string): Promise<Sourced<PlanHistory> | undefined>;
}

export interface HistoryReadsDeps {
	stored: StoredHistories;
	running: Pick<
		RunningPlans,
		"readPlan" | "readTickets" | "readGraph" | "readAttempts"
	>;
	metrics: ReadMetrics;
}

/** Makes the reads of a plan's tasks and of its history. */
export function createHistoryReads({
	stored,
	running,
	metrics,
}: HistoryReadsDeps): HistoryReads {
	const readWithFallback = createReadWithFallback(metrics);
	return {
		async readGraph(planId) {
			let known: StoredGraph | undefined;
			const answer = await readWithFallback(
				"graph",
				async () => {
					known = await stored.readGraph(planId);
					return known && wholeGraph(known);
				},
				async () =>
					await running.readGraph(planId).catch((error: unknown) => {
						// The plan ended before C2 made tickets, and only Temporal knew its tasks.
						if (known !== undefined && !isOpenStatus(known.status)) return [];
						throw error;
					}),
			);
			// Temporal has forgotten the plan, or its decision started nothing.
			return answer ?? (known && { value: [], source: "mongodb" });
		},

		async readHistory(planId) {
			return await readWithFallback(
				"history",
				async () => await stored.readHistory(planId),
				async () => await readRunningHistory(running, planId),
			);
		},
	};
}

/** undefined while some or all of the plan's tickets are not stored. */
function wholeGraph({
	tickets_generated,
	tickets,
}: StoredGraph): LinkedNode[] | undefined {
	const nodes = nodesOfTickets(tickets);
	const isWhole = nodes.length > 0 && nodes.length >= tickets_generated;
	return isWhole ? nodes : undefined;
}

async function readRunningHistory(
	running: HistoryReadsDeps["running"],
	planId: string,
): Promise<PlanHistory | undefined> {
	const [plan, tickets, attempts] = await Promise.all([
		running.readPlan(planId),
		readRunningTickets(running, planId),
		running.readAttempts(planId),
	]);
	return plan && { plan, tickets: tickets ?? [], attempts: attempts ?? [] };
}
