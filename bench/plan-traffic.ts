import kafkajs from "kafkajs";
import type { OrchestratorVersion } from "../src/domain/plan-run.ts";
import { headerText } from "../src/domain/record-headers.ts";
import { createBatchConsumer } from "../src/messaging/consumer.ts";
import type { IncomingMessage } from "../src/messaging/incoming-message.ts";
import {
	createKafkaClient,
	type KafkaSettings,
} from "../src/messaging/kafka-client.ts";
import { fromText } from "../src/messaging/outgoing-message.ts";
import { createProducer } from "../src/messaging/producer.ts";
import type { TopicTable } from "../src/messaging/topics.ts";
import { decisionOf, type PlanShape } from "./plan-shapes.ts";

/** One plan, seen from Kafka. Times are those at which the broker appended the record, Unix epoch, ms. */
export interface PlanTrack {
	readonly planId: string;
	readonly taskCount: number;
	decidedAtMs: number;
	/** The first ticket. */
	firstTicketAtMs: number;
	/** The last ticket of all. */
	lastTicketAtMs: number;
	/** Its telemetry frame: C6 is done. */
	completedAtMs: number;
	readonly published: Promise<void>;
	readonly completed: Promise<void>;
}

/** Decisions in, and worker agents that need no time: each ticket is answered COMPLETED at once. */
export interface PlanTraffic {
	/** Resolves once the decision is on its topic. */
	submit(shape: PlanShape, version: OrchestratorVersion): Promise<PlanTrack>;
	/** false: tickets stay unanswered, so that plans wait. */
	answer(isAnswering: boolean): void;
	stop(): Promise<void>;
}

interface Tracked extends PlanTrack {
	ticketCount: number;
	done: Record<"published" | "completed", () => void>;
}

/** Opens the traffic on topics that exist. */
export async function openPlanTraffic(
	kafka: KafkaSettings,
	topics: TopicTable,
): Promise<PlanTraffic> {
	const tracked = new Map<string, Tracked>();
	const results = await createProducer({ ...kafka, compression: "none" });
	const decisions = createKafkaClient(kafka, {
		requestTimeoutMs: 30_000,
		retries: 5,
	}).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
	await decisions.connect();
	let isAnswering = true;
	let count = 0;
	const run = Date.now().toString(36);

	async function takeTickets(messages: readonly IncomingMessage[]) {
		for (const message of messages) noteTicket(tracked, message);
		if (!isAnswering) return;
		await results.send(
			messages.map(({ headers }) =>
				resultOf(
					topics.results.name,
					headerText(headers, "x-neural-hive-ticket-id") as string,
				),
			),
		);
	}
	const consumer = await createBatchConsumer({
		...kafka,
		groupId: `bench-${run}`,
		topics: [topics.tickets.name, topics.telemetry.name],
		fromBeginning: true,
		concurrency: 12,
		async handleBatch({ topic, messages }) {
			if (topic === topics.tickets.name) await takeTickets(messages);
			else for (const message of messages) noteFrame(tracked, message);
		},
	});
	await consumer.ready();

	return {
		async submit(shape, version) {
			const planId = `bench-${run}-${count++}`;
			const track = openTrack(planId, shape.tasks.length);
			tracked.set(planId, track);
			const value = JSON.stringify(decisionOf(planId, shape, version));
			const [place] = await decisions.send({
				topic: topics.consensus.name,
				messages: [{ key: planId, value }],
			});
			track.decidedAtMs = Number(place?.logAppendTime);
			return track;
		},
		answer(value) {
			isAnswering = value;
		},
		async stop() {
			await consumer.stop();
			await Promise.all([decisions.disconnect(), results.close()]);
		},
	};
}

function openTrack(planId: string, taskCount: number): Tracked {
	const published = Promise.withResolvers<void>();
	const completed = Promise.withResolvers<void>();
	return {
		planId,
		taskCount,
		decidedAtMs: Number.NaN,
		firstTicketAtMs: Number.NaN,
		lastTicketAtMs: Number.NaN,
		completedAtMs: Number.NaN,
		published: published.promise,
		completed: completed.promise,
		ticketCount: 0,
		done: { published: published.resolve, completed: completed.resolve },
	};
}

function noteTicket(
	tracked: Map<string, Tracked>,
	{ headers, timestampMs }: IncomingMessage,
): void {
	const track = tracked.get(headerText(headers, "x-neural-hive-plan-id") ?? "");
	if (track === undefined) return;
	track.ticketCount += 1;
	if (track.ticketCount === 1) track.firstTicketAtMs = timestampMs;
	if (track.ticketCount !== track.taskCount) return;
	track.lastTicketAtMs = timestampMs;
	track.done.published();
}

function noteFrame(
	tracked: Map<string, Tracked>,
	{ headers, timestampMs }: IncomingMessage,
): void {
	const planId = headerText(headers, "x-neural-hive-plan-id") ?? "";
	const track = tracked.get(planId);
	if (track === undefined) return;
	track.completedAtMs = timestampMs;
	track.done.completed();
	tracked.delete(planId);
}

/** What an agent reports (contracts.md, "Execution results"), without a look into the ticket: its id is in the headers. */
function resultOf(topic: string, ticketId: string) {
	const result = {
		ticket_id: ticketId,
		status: "COMPLETED",
		result: {
			success: true,
			output: { summary: "done" },
			metadata: {},
			logs: [],
		},
		error_message: null,
		actual_duration_ms: 1,
		agent_id: "bench-agent",
		timestamp: Date.now(),
		schema_version: 1,
	};
	const value = Buffer.from(JSON.stringify(result));
	return fromText({ topic, key: ticketId, value });
}
