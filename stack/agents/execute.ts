import { setTimeout as sleep } from "node:timers/promises";
import type { Behaviour } from "./choose-behaviour.ts";
import type { AgentTicket } from "./read-ticket.ts";
import type { AttemptReport } from "./result-record.ts";

type Answer = Extract<Behaviour, { kind: "answer" }>;

/** Agents in the field give up at this multiple of `sla.timeout_ms` (contracts.md, "Worker agents"). */
const TIMEOUT_RATIO = 1.5;

/** Does the simulated work: a timer. `given`: fires with why it is given up. Rejects only when `life` fires. */
export async function execute(
	ticket: AgentTicket,
	{ durationMs, succeeds }: Answer,
	{ life, given }: { life: AbortSignal; given: AbortSignal },
): Promise<AttemptReport> {
	const limitMs = Math.ceil(TIMEOUT_RATIO * ticket.timeoutMs);
	const startedAtMs = performance.now();
	const signal = AbortSignal.any([life, given]);
	await sleep(Math.min(durationMs, limitMs), undefined, { signal }).catch(() =>
		life.throwIfAborted(),
	);
	const report = { durationMs: Math.round(performance.now() - startedAtMs) };
	if (given.aborted)
		return { ...failed(report, String(given.reason)), preempted: true };
	if (durationMs > limitMs) {
		return failed(
			report,
			`timeout: the execution took longer than ${limitMs} ms`,
		);
	}
	return succeeds
		? { ...report, status: "COMPLETED", errorMessage: null }
		: failed(report, `task ${ticket.taskId} failed (simulated)`);
}

function failed(
	report: { durationMs: number },
	errorMessage: string,
): AttemptReport {
	return { ...report, status: "FAILED", errorMessage };
}
