import type { TicketResult } from "../domain/plan-run.ts";
import { limitConcurrency } from "../limit-concurrency.ts";
import type { IntakeMetrics } from "./intake-metrics.ts";
import type { ResultSignaller, SignalOutcome } from "./start-ports.ts";

export interface SignalWindow {
	/**
	 * Gives one result to its plan, together with all others of the plan that come within the window,
	 * from whatever partition. Resolves when Temporal has acknowledged the signal, and throws as
	 * `signalResults` does. Results of one plan are given in the order of the calls.
	 */
	deliver(planId: string, result: TicketResult): Promise<SignalOutcome>;
}

export interface SignalWindowDeps {
	plans: ResultSignaller;
	windowMs: number;
	/** Signals under way at the same time, of different plans. */
	concurrency?: number;
	metrics: Pick<IntakeMetrics, "signalled">;
}

interface Waiting extends PromiseWithResolvers<SignalOutcome> {
	result: TicketResult;
}

/** What a plan's next signal will carry. */
interface Lane {
	waiting: Waiting[];
	/** A signal of this plan is due or under way. */
	isBusy: boolean;
}

const CONCURRENCY = 16;

/** Gathers results by plan, so that a plan costs one signal a window and not one a ticket. */
export function createSignalWindow({
	plans,
	windowMs,
	concurrency = CONCURRENCY,
	metrics,
}: SignalWindowDeps): SignalWindow {
	const lanes = new Map<string, Lane>();
	const limit = limitConcurrency(concurrency);

	function schedule(planId: string, lane: Lane): void {
		lane.isBusy = true;
		setTimeout(() => {
			void limit(() => send(planId, lane)).finally(() => {
				lane.isBusy = false;
				if (lane.waiting.length > 0) schedule(planId, lane);
				else lanes.delete(planId);
			});
		}, windowMs);
	}

	async function send(planId: string, lane: Lane): Promise<void> {
		const batch = lane.waiting;
		lane.waiting = [];
		try {
			const results = batch.map(({ result }) => result);
			const outcome = await plans.signalResults(planId, results);
			if (outcome === "delivered") metrics.signalled(1, batch.length);
			for (const { resolve } of batch) resolve(outcome);
		} catch (error) {
			for (const { reject } of batch) reject(error);
		}
	}

	return {
		deliver(planId, result) {
			const lane = lanes.get(planId) ?? { waiting: [], isBusy: false };
			lanes.set(planId, lane);
			const waiting = { ...Promise.withResolvers<SignalOutcome>(), result };
			lane.waiting.push(waiting);
			if (!lane.isBusy) schedule(planId, lane);
			return waiting.promise;
		},
	};
}
