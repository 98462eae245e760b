/**
 * Loaded into every process of the harness (`node --import`): lets it die at an exact point, doubles
 * what it sends, and tells memory and handles. The program itself knows nothing of it.
 */
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, threadId } from "node:worker_threads";
import { WorkflowClient } from "@temporalio/client";
import kafkajs, {
	type Producer,
	type ProducerBatch,
	type TopicMessages,
} from "kafkajs";
import type { Vitals } from "./evidence.ts";

/** Where a process can be made to die. */
export type KillPoint =
	/** Temporal has started the plan, the offset is not committed. */
	| "after-start"
	/** The result was read, its plan was not told. */
	| "before-signal"
	/** The plan was told, the offset is not committed. */
	| "after-signal"
	/** The brokers have the tickets, the workflow does not know. */
	| "after-tickets";

export type Order =
	| { kind: "vitals" }
	/** Die at the point's `count`-th passing; for tickets the count is of records in one request. */
	| { kind: "die"; at: KillPoint; count: number }
	| { kind: "live" }
	/** From now on send every record of topics that match twice, each copy at some moment within the window. */
	| { kind: "twice"; topics: string; windowMs: number }
	| { kind: "once" };

interface ThreadHeap {
	thread: number;
	heapUsed: number;
}

const TICKETS_TOPIC = "execution.tickets";
const KILL_SIGNAL = "SIGKILL";

/** The main thread asks, the others answer, each to all. */
const threads = new BroadcastChannel("chaos-vitals");
threads.onmessage = isMainThread ? noteThread : askedToCollect;
threads.unref();
const threadHeaps = new Map<number, number>();

let deadly: { at: KillPoint; count: number } | undefined;
let doubling: { topics: RegExp; windowMs: number } | undefined;

function pass(point: KillPoint, weight = 1): void {
	if (deadly?.at !== point) return;
	deadly.count -= weight;
	if (deadly.count <= 0) process.kill(process.pid, KILL_SIGNAL);
}

const client = WorkflowClient.prototype as unknown as Record<
	"_startWorkflowHandler" | "_signalWorkflowHandler",
	(...args: unknown[]) => Promise<unknown>
>;
const { _startWorkflowHandler: start, _signalWorkflowHandler: signal } = client;
client._startWorkflowHandler = async function (...args) {
	const answer = await start.apply(this, args);
	pass("after-start");
	return answer;
};
client._signalWorkflowHandler = async function (...args) {
	pass("before-signal");
	const answer = await signal.apply(this, args);
	pass("after-signal");
	return answer;
};

const { Kafka } = kafkajs;
const createProducer = Kafka.prototype.producer;
Kafka.prototype.producer = function (config) {
	const producer = createProducer.call(this, config);
	const { sendBatch } = producer;
	let copier: Promise<Producer> | undefined;
	producer.sendBatch = async (batch) => {
		if (doubling === undefined) return await sendOnce(sendBatch, batch);
		copier ??= openCopier(() => createProducer.call(this, {}));
		return await sendTwice(await copier, sendBatch, batch, doubling);
	};
	return producer;
};

async function openCopier(create: () => Producer): Promise<Producer> {
	const copier = create();
	await copier.connect();
	return copier;
}

async function sendOnce(
	sendBatch: Producer["sendBatch"],
	batch: ProducerBatch,
): ReturnType<Producer["sendBatch"]> {
	const answer = await sendBatch(batch);
	for (const { topic, messages } of batch.topicMessages ?? [])
		if (topic === TICKETS_TOPIC) pass("after-tickets", messages.length);
	return answer;
}

/** The copy goes out at some moment around the original, so that records change places too. */
async function sendTwice(
	copier: Producer,
	sendBatch: Producer["sendBatch"],
	batch: ProducerBatch,
	{ topics, windowMs }: { topics: RegExp; windowMs: number },
): ReturnType<Producer["sendBatch"]> {
	const chosen = (batch.topicMessages ?? []).filter(({ topic }) =>
		topics.test(topic),
	);
	const copies = chosen.flatMap(({ topic, messages }) =>
		messages.map((message): TopicMessages => ({ topic, messages: [message] })),
	);
	for (const copy of copies) {
		sleep(Math.random() * windowMs)
			.then(() => copier.sendBatch({ topicMessages: [copy] }))
			.catch((error: unknown) => console.error("a copy was not sent", error));
	}
	if (chosen.length > 0) await sleep(Math.random() * windowMs);
	return await sendOnce(sendBatch, batch);
}

/** Collects garbage in every thread of the process, workflows' too; answers what their heaps hold together. */
async function collectGarbage(): Promise<number> {
	threadHeaps.clear();
	for (let round = 0; round < 3; round += 1) {
		globalThis.gc?.();
		threads.postMessage("collect");
		await sleep(100);
	}
	const own = process.memoryUsage().heapUsed;
	return [...threadHeaps.values()].reduce((sum, heap) => sum + heap, own);
}

function noteThread({ data }: MessageEvent): void {
	const { thread, heapUsed } = data as ThreadHeap;
	threadHeaps.set(thread, heapUsed);
}

function askedToCollect({ data }: MessageEvent): void {
	if (data !== "collect") return;
	globalThis.gc?.();
	const { heapUsed } = process.memoryUsage();
	threads.postMessage({ thread: threadId, heapUsed } satisfies ThreadHeap);
}

async function readVitals(): Promise<Vitals> {
	const heapUsed = await collectGarbage();
	const { rss } = process.memoryUsage();
	const resources: Record<string, number> = {};
	for (const kind of process.getActiveResourcesInfo())
		resources[kind] = (resources[kind] ?? 0) + 1;
	return {
		heapMb: heapUsed / 1_048_576,
		rssMb: rss / 1_048_576,
		peakRssMb: process.resourceUsage().maxRSS / 1_024,
		descriptors: readdirSync("/proc/self/fd").length,
		resources,
	};
}

async function obey(order: Order): Promise<void> {
	if (order.kind === "vitals") process.send?.(await readVitals());
	if (order.kind === "die") deadly = { at: order.at, count: order.count };
	if (order.kind === "live") deadly = undefined;
	if (order.kind === "twice")
		doubling = {
			topics: new RegExp(order.topics),
			windowMs: order.windowMs,
		};
	if (order.kind === "once") doubling = undefined;
}

process.on("message", (order: Order) => void obey(order));
// Without its harness nobody would ever end it.
process.once("disconnect", () => process.kill(process.pid, KILL_SIGNAL));
process.channel?.unref();
