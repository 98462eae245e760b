import { randomUUID } from "node:crypto";
import type { Kafka } from "kafkajs";
import { fromText } from "../../src/messaging/outgoing-message.ts";
import type { Producer } from "../../src/messaging/producer.ts";
import { createTopicTable } from "../../src/messaging/topics.ts";
import { eventually } from "../support/eventually.ts";

/** Sees tickets and results as they pass, so that a fault can strike at the right moment. */
export interface Watch {
	/** Tickets of the plan seen on the topic. */
	ticketCount(planId: string): number;
	/** Final results seen of the plan's tickets. */
	resultCount(planId: string): number;
	close(): Promise<void>;
}

const topics = createTopicTable();

/** Begins at the end of the topics. Answers the tickets that ask for it with a FAILED of its own. */
export async function openWatch(
	kafka: Kafka,
	producer: Producer,
): Promise<Watch> {
	const tickets = new Map<string, Set<string>>();
	const planOf = new Map<string, string>();
	const results = new Map<string, number>();
	const consumer = kafka.consumer({
		groupId: `chaos-watch-${randomUUID()}`,
		maxWaitTimeInMs: 50,
	});
	let joined = false;
	consumer.on(consumer.events.GROUP_JOIN, () => {
		joined = true;
	});
	await consumer.connect();
	await consumer.subscribe({
		topics: [topics.tickets.name, topics.results.name],
		fromBeginning: false,
	});

	function seeTicket(value: TicketBody): void {
		const { ticket_id, plan_id, parameters, metadata } = value;
		const isNew = !planOf.has(ticket_id);
		planOf.set(ticket_id, plan_id);
		tickets.set(plan_id, (tickets.get(plan_id) ?? new Set()).add(ticket_id));
		const isAsked = parameters?.chaos === "failed-then-completed";
		if (isNew && isAsked && metadata?.attempt === "1") void contradict(value);
	}

	/** What the agent does not know: somebody has said FAILED before it says COMPLETED. */
	async function contradict({ ticket_id }: TicketBody): Promise<void> {
		const body = {
			ticket_id,
			status: "FAILED",
			result: { success: false, output: {}, metadata: {}, logs: [] },
			error_message: "said by the harness",
			actual_duration_ms: 1,
			agent_id: "chaos",
			timestamp: Date.now(),
			schema_version: 1,
		};
		await producer
			.send([
				fromText({
					topic: topics.results.name,
					key: ticket_id,
					value: Buffer.from(JSON.stringify(body)),
				}),
			])
			.catch(() => "then it stays a ticket like any other");
	}

	function seeResult({ ticket_id, status }: ResultBody): void {
		const planId = planOf.get(ticket_id);
		if (planId === undefined || status === "RUNNING") return;
		results.set(planId, (results.get(planId) ?? 0) + 1);
	}

	await consumer.run({
		autoCommit: false,
		eachMessage: async ({ topic, message }) => {
			const body = parse(message.value);
			if (typeof body !== "object" || body === null) return;
			if (topic === topics.tickets.name) seeTicket(body as TicketBody);
			else seeResult(body as ResultBody);
		},
	});
	await eventually(() => joined, 30_000);
	return {
		ticketCount: (planId) => tickets.get(planId)?.size ?? 0,
		resultCount: (planId) => results.get(planId) ?? 0,
		close: () => consumer.disconnect(),
	};
}

interface TicketBody {
	ticket_id: string;
	plan_id: string;
	parameters?: Record<string, string>;
	metadata?: Record<string, string>;
}

interface ResultBody {
	ticket_id: string;
	status: string;
}

function parse(value: Buffer | null): unknown {
	try {
		return value === null ? undefined : JSON.parse(value.toString());
	} catch {
		return undefined;
	}
}
