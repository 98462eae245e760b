import type { TicketResult } from "../domain/plan-run.ts";
import { limitConcurrency } from "../limit-concurrency.ts";
import type { EndedTicket, EndedTickets } from "./ended-tickets.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import type { ResultSignaller, SignalOutcome } from "./start-ports.ts";

export interface ResultBatcher {
	/**
	 * Sends one result to its plan, in one signal with all other results of the plan that arrive within the
	 * window, from any partition. Resolves when Temporal has acknowledged the signal; throws as `signalResults`
	 * does. Results of one plan keep the order of the calls.
	 */
	deliver(planId: string, result: TicketResult): Promise<SignalOutcome>;
}

export interface ResultBatcherDeps {
	plans: ResultSignaller;
	windowMs: number;
	/** Signals under way at the same time, of different plans. */
	concurrency?: number;
	metrics: Pick<IntakeMetrics, "signalled">;
	/** Told at once, so that a plan's next tickets find the places of those that ended. */
	endings?: EndedTickets | undefined;
}

/** A ticket that its worker was told to give up says nothing of the worker. */
function endsOf(results: readonly TicketResult[]): EndedTicket[] {
	return results.flatMap(({ status, ticket_id, agent_id, ...result }) => {
		if (status === "RUNNING") return [];
		if (result.preempted) return [{ ticket_id, agent_id }];
		const outcome = status === "COMPLETED" ? "success" : "failure";
		const actual_ms = result.actual_duration_ms;
		return [{ ticket_id, agent_id, outcome, actual_ms }];
	});
}

interface Waiting extends PromiseWithResolvers<SignalOutcome> {
	result: TicketResult;
}

/** The results of a plan's next signal. */
interface PlanQueue {
	waiting: Waiting[];
	/** A signal to this plan is due or under way. */
	isBusy: boolean;
}

const CONCURRENCY = 16;

/** Gathers results by plan, so that a plan costs one signal a window and not one a ticket. */
export function createResultBatcher({
	plans,
	windowMs,
	concurrency = CONCURRENCY,
	metrics,
	endings,
}: ResultBatcherDeps): ResultBatcher {
	const queues = new Map<string, PlanQueue>();
	const limit = limitConcurrency(concurrency);

	function schedule(planId: string, queue: PlanQueue): void {
		queue.isBusy = true;
		setTimeout(() => {
			void limit(() => send(planId, queue)).finally(() => {
				queue.isBusy = false;
				if (queue.waiting.length > 0) schedule(planId, queue);
				else queues.delete(planId);
			});
		}, windowMs);
	}

	async function send(planId: string, queue: PlanQueue): Promise<void> {
		const batch = queue.waiting;
		queue.waiting = [];
		try {
			const results = batch.map(({ result }) => result);
			endings?.ended(endsOf(results));
			const outcome = await plans.signalResults(planId, results);
			if (outcome === "delivered") metrics.signalled(1, batch.length);
			for (const { resolve } of batch) resolve(outcome);
		} catch (error) {
			for (const { reject } of batch) reject(error);
		}
	}

	return {
		deliver(planId, result) {
			const queue = queues.get(planId) ?? { waiting: [], isBusy: false };
			queues.set(planId, queue);
			const waiting = { ...Promise.withResolvers<SignalOutcome>(), result };
			queue.waiting.push(waiting);
			if (!queue.isBusy) schedule(planId, queue);
			return waiting.promise;
		},
	};
}
