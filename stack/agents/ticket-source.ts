import { headerText, TOKEN_HEADER } from "../../src/domain/record-headers.ts";
import type {
	BatchConsumer,
	BatchControl,
	IncomingBatch,
	IncomingMessage,
} from "../../src/messaging/consumer.ts";
import {
	type BatchConsumerSettings,
	createBatchConsumer,
} from "../../src/messaging/consumer.ts";
import {
	type ContiguousOffsets,
	createContiguousOffsets,
} from "./contiguous-offsets.ts";
import { readTicket, type TicketReading } from "./read-ticket.ts";
import type { TicketWork } from "./work-on-tickets.ts";

/** The tickets of one agent, as a member of the agents' group. */
export interface TicketSource {
	/** Resolves once the agent has joined the group. */
	ready(): Promise<void>;
	/** Reads no more, waits for what is in work, commits what is finished, leaves the group. */
	stop(): Promise<void>;
	/** Leaves the group without waiting; what is in work was never finished. */
	abandon(): Promise<void>;
}

export type OpenTicketSource = (
	agentId: string,
	work: TicketWork,
	open: AbortSignal,
) => Promise<TicketSource>;

export interface TicketSourceOptions {
	consumer: Omit<
		BatchConsumerSettings,
		"clientId" | "handleBatch" | "commitOnReturn" | "concurrency"
	>;
	/** Reads Avro and JSON. Throws MESSAGE_UNDECODABLE for what can never be read. */
	decode(value: Buffer): Promise<unknown>;
	/** Told of a ticket that was given up though the agent lives: a fault of the agent. */
	onDropped: (error: unknown) => void;
}

/** Batches an agent takes over at the same time; taking over is quick. */
const CONCURRENT_BATCHES = 4;
/** Results of what an agent still executes are waited for by the agent, not by the consumer. */
const CONSUMER_GRACE_MS = 1_000;

/**
 * Reads tickets without ever waiting for one: a ticket that waits for its dependencies must not block
 * those behind it, and what it waits for may be among them. An offset is committed when everything up
 * to it is answered, so a crash reads unanswered tickets again.
 */
export function createTicketSources({
	consumer: settings,
	decode,
	onDropped,
}: TicketSourceOptions): OpenTicketSource {
	return async (agentId, work, open) => {
		const inWork = new Set<Promise<void>>();
		const partitions = new WeakMap<AbortSignal, ContiguousOffsets>();

		/** One tracker per ownership of a partition: each ownership has its own signal. */
		function offsetsOf({ signal, done }: BatchControl): ContiguousOffsets {
			const known = partitions.get(signal) ?? createContiguousOffsets(done);
			partitions.set(signal, known);
			return known;
		}

		async function handleBatch(
			{ messages }: IncomingBatch,
			control: BatchControl,
		): Promise<void> {
			const offsets = offsetsOf(control);
			for (const message of messages) {
				await work.room();
				const reading = await read(message, decode);
				open.throwIfAborted();
				offsets.open(message.offset);
				takeOver(reading, () => offsets.close(message.offset));
			}
		}

		function takeOver(reading: TicketReading, close: () => void): void {
			// A ticket dropped by a stop or a crash stays open: it is read again.
			const taken = work.take(reading).then(close, (error: unknown) => {
				if (!open.aborted) onDropped(error);
			});
			inWork.add(taken);
			void taken.finally(() => inWork.delete(taken));
		}

		const consumer = await createBatchConsumer({
			...settings,
			clientId: agentId,
			concurrency: CONCURRENT_BATCHES,
			commitOnReturn: false,
			stopGraceMs: CONSUMER_GRACE_MS,
			handleBatch,
		});
		return toSource(consumer, settings.topics, inWork);
	};
}

function toSource(
	consumer: BatchConsumer,
	topics: readonly string[],
	inWork: ReadonlySet<Promise<void>>,
): TicketSource {
	return {
		ready: () => consumer.ready(),
		async stop() {
			for (const topic of topics) consumer.pause(topic);
			await Promise.all(inWork);
			await consumer.stop();
		},
		abandon: () => consumer.stop(),
	};
}

async function read(
	{ value, headers }: IncomingMessage,
	decode: TicketSourceOptions["decode"],
): Promise<TicketReading> {
	if (value === null) return readTicket(null);
	try {
		const token = headerText(headers, TOKEN_HEADER);
		return readTicket(await decode(value), token);
	} catch (error) {
		if ((error as { retryable?: boolean }).retryable === true) throw error;
		return {
			kind: "malformed",
			ticketId: null,
			errorType: "UNDECODABLE",
			problem: String(error),
			body: { original_base64: value.toString("base64") },
		};
	}
}
