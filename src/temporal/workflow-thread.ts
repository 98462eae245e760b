import { createRequire } from "node:module";
import workerThreads, {
	type Worker as Thread,
	type WorkerOptions as ThreadOptions,
	type Transferable,
} from "node:worker_threads";

const leanThread = new URL("./lean-workflow-thread.ts", import.meta.url);
const SDK_THREAD = /workflow-worker-thread(\.js)?$/;

/**
 * Versions of the SDK with which the lean thread was measured and every recorded history replayed; with any
 * other version the SDK's own thread runs. The lean thread can be removed when the SDK has options to switch
 * off the time limit of each entry and the stack trace of each promise.
 */
export const measuredSdkVersions: readonly string[] = ["1.22.0"];

/** The installed version of the SDK. */
export function sdkVersion(): string {
	const require = createRequire(import.meta.url);
	const { version } = require("@temporalio/worker/package.json");
	return String(version);
}

export interface ThreadWatch {
	/** How long workflow code may block its thread. */
	limitMs: number;
	/** Called once when it took longer; the thread does no further work then. */
	onStuck(): void;
}

/** A call of workflow code to a sink, as the SDK's threads pass it on. */
export interface SinkCall {
	workflowInfo: { unsafe: Record<string, unknown> };
}

/** An answer of the thread to a request, as far as we read it. */
export interface ThreadAnswer {
	requestId?: bigint;
	result?: {
		output?: { type: string; completion: { runId: string } };
	};
	/** Ours: what the activation that is answered has called. */
	sinkCalls?: { runId: string; calls: SinkCall[] };
}

interface ThreadRequest {
	requestId: bigint;
	input: { type: string; runId?: string };
}

/**
 * Lets `create` make a Temporal worker whose workflow thread goes without four things that the SDK does for
 * every step of every workflow: a watchdog thread that limits its time, a stack trace of each promise for the
 * `__stack_trace` query, a message each way that fetches what the step has called, and a look at all globals when
 * another run has its turn. Together they are more than half of the CPU of a replayed plan (bench/README.md).
 * In place of the watchdog one timer looks at a counter that the thread moves.
 */
export async function withLeanWorkflowThread<T>(
	{ limitMs, onStuck }: ThreadWatch,
	create: () => Promise<T>,
): Promise<T> {
	const threads = workerThreads as {
		Worker: new (file: string | URL, options?: ThreadOptions) => Thread;
	};
	const { Worker } = threads;
	threads.Worker = class extends Worker {
		constructor(file: string | URL, options: ThreadOptions = {}) {
			if (!SDK_THREAD.test(String(file))) {
				super(file, options);
				return;
			}
			const entries = new Int32Array(new SharedArrayBuffer(4));
			super(leanThread, { ...options, workerData: { entries, file } });
			const thread = this as unknown as Thread;
			thread.once("exit", watch(entries, limitMs, onStuck));
			answerFromReceived(thread);
		}
	};
	try {
		return await create();
	} finally {
		threads.Worker = Worker;
	}
}

/** Answers requests for sink calls with those that came with the activation's own answer. */
function answerFromReceived(thread: Thread): void {
	const received = new Map<string, SinkCall[]>();
	thread.on("message", ({ sinkCalls }: ThreadAnswer) => {
		if (sinkCalls !== undefined) received.set(sinkCalls.runId, sinkCalls.calls);
	});
	const post = thread.postMessage.bind(thread);
	thread.postMessage = (request: ThreadRequest, transferred) => {
		const { requestId, input } = request;
		const { type, runId = "" } = input;
		const calls = received.get(runId);
		if (type !== "extract-sink-calls" || calls === undefined)
			return post(request, transferred as Transferable[]);
		received.delete(runId);
		const output = { type: "sink-calls", calls };
		// The SDK notes its request after it has sent it.
		queueMicrotask(() =>
			thread.emit("message", { requestId, result: { type: "ok", output } }),
		);
	};
}

/**
 * The count is odd while workflow code runs; if it stays at the same odd number, the code does not return.
 */
function watch(
	entries: Int32Array,
	limitMs: number,
	onStuck: () => void,
): () => void {
	let seen = 0;
	const timer = setInterval(() => {
		const now = Atomics.load(entries, 0);
		if (now !== seen || now % 2 === 0) {
			seen = now;
			return;
		}
		clearInterval(timer);
		onStuck();
	}, limitMs);
	timer.unref();
	return () => clearInterval(timer);
}
