import type { ExecutionResult } from "../../schemas/execution-result.ts";
import type { GatheredSends } from "./gather-sends.ts";
import type { AgentTicket } from "./read-ticket.ts";
import {
	type AttemptReport,
	type DeadLetterCause,
	toDeadLetter,
	toExecutionResult,
} from "./result-record.ts";

/** Says on Kafka what became of tickets. Each call resolves once the brokers have acknowledged. */
export interface Reporter {
	result(
		ticket: AgentTicket,
		report: AttemptReport,
		signal: AbortSignal,
	): Promise<void>;
	deadLetter(
		ticketId: string | null,
		body: unknown,
		cause: DeadLetterCause,
		signal: AbortSignal,
	): Promise<void>;
}

export interface ReporterOptions {
	agentId: string;
	topics: { results: string; ticketsDlq: string };
	sends: GatheredSends;
	encodeResult: (result: ExecutionResult) => Promise<Buffer>;
}

/** Reports as the agents in the field do: keyed by the wire ticket id, without any header that names the plan. */
export function createReporter(options: ReporterOptions): Reporter {
	const { agentId, topics, sends, encodeResult } = options;
	return {
		async result(ticket, report, signal) {
			const record = toExecutionResult(ticket, agentId, report, Date.now());
			const value = await encodeResult(record);
			const key = ticket.ticketId;
			await sends.send(
				{ topic: topics.results, key, value, headers: {} },
				signal,
			);
		},
		async deadLetter(ticketId, body, cause, signal) {
			const record = toDeadLetter(body, cause, Date.now());
			const value = Buffer.from(JSON.stringify(record));
			await sends.send(
				{ topic: topics.ticketsDlq, key: ticketId, value, headers: {} },
				signal,
			);
		},
	};
}
