import { setTimeout as sleep } from "node:timers/promises";
import type { Behaviour } from "./choose-behaviour.ts";
import type { AgentTicket } from "./read-ticket.ts";
import type { AttemptReport } from "./result-record.ts";

type Answer = Extract<Behaviour, { kind: "answer" }>;

/** Agents in the field give up at this multiple of `sla.timeout_ms` (contracts.md, "Worker agents"). */
const TIMEOUT_RATIO = 1.5;

/** Does the simulated work: a timer. Rejects only when the signal fires. */
export async function execute(
	ticket: AgentTicket,
	{ durationMs, succeeds }: Answer,
	signal: AbortSignal,
): Promise<AttemptReport> {
	const limitMs = Math.ceil(TIMEOUT_RATIO * ticket.timeoutMs);
	const startedAtMs = performance.now();
	await sleep(Math.min(durationMs, limitMs), undefined, { signal });
	const report = { durationMs: Math.round(performance.now() - startedAtMs) };
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
