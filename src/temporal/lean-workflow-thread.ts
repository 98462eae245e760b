// Runs the SDK's workflow thread after two changes to Node's API in this thread (reasons:
// workflow-thread.ts).
import { createRequire } from "node:module";
import v8 from "node:v8";
import vm from "node:vm";
import { workerData } from "node:worker_threads";

const { entries, file } = workerData as { entries: Int32Array; file: string };
const { runInContext } = vm.Script.prototype;

vm.Script.prototype.runInContext = function (context, options = {}) {
	// Node starts and ends a watchdog thread for each call with a time limit: 0.2 ms of CPU.
	const { timeout: _, ...rest } = options as vm.RunningScriptOptions;
	Atomics.add(entries, 0, 1);
	try {
		return runInContext.call(this, context, rest);
	} finally {
		Atomics.add(entries, 0, 1);
	}
};

// The SDK makes a stack trace through the source map for each promise, for a query that `why` replaces.
v8.promiseHooks.createHook = () => () => {};

createRequire(import.meta.url)(file);
