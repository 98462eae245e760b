import type { ExecutedTicket } from "../domain/scheduling/preempt.ts";
import { readAnswer } from "../read-answer.ts";

/** How a worker answered: `worker_rejected` also when nobody can be reached under its address. */
export type CancelOutcome = "preempted" | "worker_rejected" | "timeout";

export interface CancelRequest {
	/** Wire id of the ticket that needs the place. */
	preempted_by: string;
	graceMs: number;
}

/** Has a worker give a ticket up. Never throws. */
export type CancelTask = (
	ticket: ExecutedTicket,
	request: CancelRequest,
) => Promise<CancelOutcome>;

const CANCEL_TIMEOUT_MS = 10_000;
/** More is no answer to this call. */
const MAX_ANSWER_BYTES = 10_000;

/**
 * The call that workers offer (contracts.md, "Worker agents"). Only one that says so in its answer has given the ticket
 * up: elsewhere it may still run, and its place stays taken.
 */
export function createCancelTask(timeoutMs = CANCEL_TIMEOUT_MS): CancelTask {
	return async ({ endpoint, ticket_id }, { preempted_by, graceMs }) => {
		try {
			const path = `/api/v1/tasks/${encodeURIComponent(ticket_id)}/cancel`;
			const response = await fetch(new URL(path, endpoint), {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({
					reason: "preemption",
					preempted_by,
					grace_period_seconds: Math.ceil(graceMs / 1000),
				}),
				// Agents name their addresses themselves.
				redirect: "error",
				signal: AbortSignal.timeout(timeoutMs),
			});
			if (response.status !== 200) {
				await response.body?.cancel();
				return "worker_rejected";
			}
			// Agents name their addresses themselves: anything may answer there.
			const text = (await readAnswer(response, MAX_ANSWER_BYTES)).toString();
			const answer = JSON.parse(text) as { success?: unknown } | null;
			return answer?.success === true ? "preempted" : "worker_rejected";
		} catch (error) {
			return (error as Error).name === "TimeoutError"
				? "timeout"
				: "worker_rejected";
		}
	};
}
