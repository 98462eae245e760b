// The bare code's intake, a process of its own like the service's.
import { setTimeout as sleep } from "node:timers/promises";
import {
	Client,
	Connection,
	WorkflowExecutionAlreadyStartedError,
} from "@temporalio/client";
import kafkajs from "kafkajs";
import type { ConsolidatedDecision } from "../../schemas/consolidated-decision.ts";
import "../end-with-parent.ts";
import { BARE_GROUP, BARE_TASK_QUEUE, bareTopics } from "./names.ts";
import { type BareResult, type bare, bareResults } from "./workflow.ts";

/** As the service's own. */
const WINDOW_MS = 50;

const connection = await Connection.connect({
	address: process.env.TEMPORAL_HOST as string,
});
const { workflow } = new Client({ connection });
const kafka = new kafkajs.Kafka({
	brokers: [process.env.KAFKA_BOOTSTRAP_SERVERS as string],
	clientId: BARE_GROUP,
	logLevel: kafkajs.logLevel.ERROR,
});
const workflowIdOf = (planId: string) => `bare-${planId}`;

async function startPlan(value: Buffer | null): Promise<void> {
	const decision = JSON.parse(String(value)) as ConsolidatedDecision;
	try {
		await workflow.start<typeof bare>("bare", {
			taskQueue: BARE_TASK_QUEUE,
			workflowId: workflowIdOf(decision.plan_id),
			workflowIdReusePolicy: "REJECT_DUPLICATE",
			args: [JSON.parse(decision.cognitive_plan as string)],
		});
	} catch (error) {
		if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
	}
}

/** The next signal of each plan, for as long as it gathers. */
const gathering = new Map<
	string,
	{ results: BareResult[]; sent: Promise<void> }
>();

function deliver(value: Buffer | null): Promise<void> {
	const { ticket_id, status } = JSON.parse(String(value)) as BareResult;
	const planId = ticket_id.slice(0, ticket_id.indexOf(":"));
	let signal = gathering.get(planId);
	if (signal === undefined) {
		const results: BareResult[] = [];
		signal = { results, sent: sendLater(planId, results) };
		gathering.set(planId, signal);
	}
	signal.results.push({ ticket_id, status });
	return signal.sent;
}

async function sendLater(planId: string, results: BareResult[]): Promise<void> {
	await sleep(WINDOW_MS);
	gathering.delete(planId);
	await workflow.getHandle(workflowIdOf(planId)).signal(bareResults, results);
}

async function consume(
	topic: string,
	handle: (value: Buffer | null) => Promise<void>,
): Promise<kafkajs.Consumer> {
	const consumer = kafka.consumer({ groupId: `${BARE_GROUP}-${topic}` });
	await consumer.connect();
	await consumer.subscribe({ topic, fromBeginning: true });
	const joined = new Promise((resolve) =>
		consumer.on(consumer.events.GROUP_JOIN, resolve),
	);
	await consumer.run({
		partitionsConsumedConcurrently: 12,
		eachBatch: async ({ batch }) =>
			void (await Promise.all(
				batch.messages.map(({ value }) => handle(value)),
			)),
	});
	await joined;
	return consumer;
}

const consumers = await Promise.all([
	consume(bareTopics.consensus.name, startPlan),
	consume(bareTopics.results.name, deliver),
]);
process.on("SIGTERM", async () => {
	await Promise.all(consumers.map((one) => one.disconnect()));
	await connection.close();
	process.exit(0);
});
process.send?.("ready");
