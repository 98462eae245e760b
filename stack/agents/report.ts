import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionResult } from "../../schemas/execution-result.ts";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import type { Producer } from "../../src/messaging/producer.ts";
import type { AgentTicket } from "./read-ticket.ts";
import {
	type AttemptReport,
	type DeadLetterCause,
	toDeadLetter,
	toExecutionResult,
} from "./result-record.ts";

/** Says on Kafka what became of tickets. Resolves once the brokers have acknowledged, tries until the signal fires. */
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
	producer: Pick<Producer, "send">;
	encodeResult: (result: ExecutionResult) => Promise<Buffer>;
	/** Told each time Kafka did not take a record. */
	onUnsent: (error: unknown) => void;
}

const RETRY_MS = 500;

/** Reports as the agents in the field do: keyed by the wire ticket id, without any header that names the plan. */
export function createReporter(options: ReporterOptions): Reporter {
	const { agentId, topics, producer, encodeResult, onUnsent } = options;

	async function send(
		topic: string,
		key: string | null,
		encode: () => Promise<Buffer>,
		signal: AbortSignal,
	): Promise<void> {
		for (;;) {
			// An agent that was killed says nothing more.
			signal.throwIfAborted();
			try {
				const value = await encode();
				await producer.send([fromText({ topic, key, value })]);
				return;
			} catch (error) {
				onUnsent(error);
				await sleep(RETRY_MS, undefined, { signal });
			}
		}
	}

	return {
		async result(ticket, report, signal) {
			const record = toExecutionResult(ticket, agentId, report, Date.now());
			const encode = () => encodeResult(record);
			await send(topics.results, ticket.ticketId, encode, signal);
		},
		async deadLetter(ticketId, body, cause, signal) {
			const record = toDeadLetter(body, cause, Date.now());
			const encode = async () => Buffer.from(JSON.stringify(record));
			await send(topics.ticketsDlq, ticketId, encode, signal);
		},
	};
}
