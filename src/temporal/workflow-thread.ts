import { createRequire } from "node:module";
import workerThreads, {
	type Worker as Thread,
	type WorkerOptions as ThreadOptions,
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

/**
 * Lets `create` make a Temporal worker whose workflow thread goes without two things that the SDK does for
 * every step of every workflow: a watchdog thread that limits its time, and a stack trace of each promise
 * for the `__stack_trace` query. Together they are more than half of the CPU of a replayed plan
 * (bench/README.md). In place of the watchdog one timer looks at a counter that the thread moves.
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
			const stopWatching = watch(entries, limitMs, onStuck);
			(this as unknown as Thread).once("exit", stopWatching);
		}
	};
	try {
		return await create();
	} finally {
		threads.Worker = Worker;
	}
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
