import { WorkflowNotFoundError } from "@temporalio/client";
import { planSignals, type TicketResult } from "../domain/plan-run.ts";
import { OrchestratorError } from "../errors.ts";
import type { SignalOutcome } from "../plans/start-ports.ts";
import { describeRun, isOpen } from "./start-plan.ts";
import type { TemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

/** Encoded size of one signal at most; Temporal warns from 512 KB on and refuses above 2 MB. */
export const MAX_SIGNAL_BYTES = 512 * 1024;
/** Rounds for runs that close and open again between signal and look-up. */
const MAX_ROUNDS = 3;

/**
 * Sends results to the plan's run, in as few signals as their size allows and in their order. At-least-once:
 * after a failure in the middle the first ones arrive twice, which the run recognises.
 */
export async function signalResults(
	calls: TemporalCalls,
	planId: string,
	results: readonly TicketResult[],
): Promise<SignalOutcome> {
	for (const part of splitResults(results, MAX_SIGNAL_BYTES)) {
		const outcome = await signalPart(calls, planWorkflowId(planId), part);
		if (outcome !== "delivered") return outcome;
	}
	return "delivered";
}

/** The results in their order, in parts of at most `maxBytes` as JSON, unless a single result is larger. */
export function splitResults(
	results: readonly TicketResult[],
	maxBytes: number,
): TicketResult[][] {
	const parts: TicketResult[][] = [];
	let bytes = Number.POSITIVE_INFINITY;
	for (const result of results) {
		const size = Buffer.byteLength(JSON.stringify(result)) + 1;
		if (bytes + size > maxBytes) {
			parts.push([]);
			// The brackets of the list.
			bytes = 2;
		}
		parts.at(-1)?.push(result);
		bytes += size;
	}
	return parts;
}

async function signalPart(
	calls: TemporalCalls,
	workflowId: string,
	part: TicketResult[],
): Promise<SignalOutcome> {
	// Most retried results name a plan that has no run, and a signal to it fails at a higher price than a look.
	const looksFirst = part.every(({ retried }) => retried);
	for (let round = 0; round < MAX_ROUNDS; round += 1) {
		const isSent = round > 0 || !looksFirst;
		if (isSent && (await isTaken(calls, workflowId, part))) return "delivered";
		const run = await describeRun(calls, workflowId);
		if (run === undefined) return "unknown";
		if (!isOpen(run)) return "closed";
	}
	throw new OrchestratorError(
		"TEMPORAL_UNAVAILABLE",
		`signal to ${workflowId}: its run is open and takes no signal`,
	);
}

async function isTaken(
	calls: TemporalCalls,
	workflowId: string,
	part: TicketResult[],
): Promise<boolean> {
	try {
		await calls(`signal to ${workflowId}`, (client) =>
			client.workflow
				.getHandle(workflowId)
				.signal(planSignals.ticketResults, part),
		);
		return true;
	} catch (error) {
		if (error instanceof WorkflowNotFoundError) return false;
		throw error;
	}
}
