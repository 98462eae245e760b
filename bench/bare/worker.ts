// The bare code's worker, a process of its own like the service's.
import { createRequire } from "node:module";
import {
	bundleWorkflowCode,
	DefaultLogger,
	NativeConnection,
	Runtime,
	Worker,
} from "@temporalio/worker";
import kafkajs from "kafkajs";
import { MongoClient } from "mongodb";
import type { CognitivePlan } from "../../schemas/cognitive-plan.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import "../end-with-parent.ts";
import { BARE_GROUP, BARE_TASK_QUEUE, bareTopics } from "./names.ts";

const logger = new DefaultLogger("ERROR");
Runtime.install({ logger });
const kafka = new kafkajs.Kafka({
	brokers: [process.env.KAFKA_BOOTSTRAP_SERVERS as string],
	clientId: BARE_GROUP,
	logLevel: kafkajs.logLevel.ERROR,
});
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
await producer.connect();
const mongo = new MongoClient(process.env.MONGODB_URI as string);
const plans = mongo.db(BARE_GROUP).collection<{ _id: string }>("plans");
const workers = Array.from({ length: 8 }, (_, index) => `worker-${index + 1}`);
let turn = 0;

const steps = {
	/** C1: the tasks' ids in an order in which each comes after what it depends on. */
	async validate(plan: CognitivePlan): Promise<string[]> {
		const order = sortTasks(plan);
		await plans.updateOne(
			{ _id: plan.plan_id },
			{
				$setOnInsert: {
					status: "RUNNING",
					tasks: order,
					started_at: Date.now(),
				},
			},
			{ upsert: true },
		);
		return order;
	},
	/** C2 to C4: tickets with their workers, in one request. */
	async publish(plan: CognitivePlan, order: string[]): Promise<void> {
		const tasks = new Map(plan.tasks.map((task) => [task.task_id, task]));
		const messages = order.map((id) => {
			const ticket = ticketOf(plan, tasks.get(id) as Task);
			return {
				key: ticket.ticket_id,
				value: JSON.stringify(ticket),
				headers: {
					"x-neural-hive-plan-id": plan.plan_id,
					"x-neural-hive-ticket-id": ticket.ticket_id,
				},
			};
		});
		await send(bareTopics.tickets.name, messages);
	},
	/** C5 and C6. */
	async finish(planId: string, completed: number): Promise<void> {
		const end = { status: "SUCCESS", completed, ended_at: Date.now() };
		await plans.updateOne({ _id: planId }, { $set: end });
		await send(bareTopics.telemetry.name, [
			{
				key: planId,
				value: JSON.stringify({ plan_id: planId, ...end }),
				headers: { "x-neural-hive-plan-id": planId },
			},
		]);
	},
};
export type BareSteps = typeof steps;
type Task = CognitivePlan["tasks"][number];

async function send(topic: string, messages: kafkajs.Message[]) {
	await producer.send({
		...{ topic, messages, acks: -1 },
		compression: kafkajs.CompressionTypes.GZIP,
	});
}

function sortTasks({ tasks }: CognitivePlan): string[] {
	const open = new Map(
		tasks.map(({ task_id, dependencies }) => [task_id, dependencies.length]),
	);
	const behind = new Map<string, string[]>(
		tasks.map((one) => [one.task_id, []]),
	);
	for (const { task_id, dependencies } of tasks)
		for (const one of dependencies) {
			const after = behind.get(one);
			if (after === undefined) throw new Error(`${one} is no task`);
			after.push(task_id);
		}
	const order = tasks
		.filter(({ dependencies }) => dependencies.length === 0)
		.map(({ task_id }) => task_id);
	for (const id of order)
		for (const after of behind.get(id) ?? []) {
			const left = (open.get(after) ?? 0) - 1;
			open.set(after, left);
			if (left === 0) order.push(after);
		}
	if (order.length < tasks.length) throw new Error("the plan has a cycle");
	return order;
}

function ticketOf(plan: CognitivePlan, task: Task): ExecutionTicket {
	const now = Date.now();
	const idOf = (taskId: string) => `${plan.plan_id}:${taskId}`;
	turn = (turn + 1) % workers.length;
	return {
		ticket_id: idOf(task.task_id),
		plan_id: plan.plan_id,
		intent_id: plan.intent_id,
		decision_id: plan.plan_id,
		correlation_id: plan.correlation_id,
		trace_id: null,
		span_id: null,
		task_id: task.task_id,
		task_type: "EXECUTE",
		description: task.description,
		dependencies: task.dependencies.map(idOf),
		status: "PENDING",
		priority: "NORMAL",
		risk_band: plan.risk_band,
		sla: { deadline: now + 600_000, timeout_ms: 60_000, max_retries: 2 },
		qos: {
			delivery_mode: "AT_LEAST_ONCE",
			consistency: "EVENTUAL",
			durability: "PERSISTENT",
		},
		parameters: task.parameters,
		required_capabilities: task.required_capabilities,
		security_level: "INTERNAL",
		created_at: now,
		started_at: null,
		completed_at: null,
		estimated_duration_ms: task.estimated_duration_ms,
		actual_duration_ms: null,
		retry_count: 0,
		error_message: null,
		compensation_ticket_id: null,
		metadata: { assigned_agent_id: workers[turn] as string },
		schema_version: 1,
	};
}

const connection = await NativeConnection.connect({
	address: process.env.TEMPORAL_HOST as string,
});
const worker = await Worker.create({
	connection,
	taskQueue: BARE_TASK_QUEUE,
	workflowBundle: await bundleWorkflowCode({
		workflowsPath: createRequire(import.meta.url).resolve("./workflow.ts"),
		logger,
	}),
	activities: steps,
});
process.on("SIGTERM", () => worker.shutdown());
process.send?.("ready");
await worker.run();
await Promise.all([producer.disconnect(), mongo.close(), connection.close()]);
process.exit(0);
