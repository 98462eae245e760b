// Runs the SDK's workflow thread after changes to Node's API in this thread (reasons: workflow-thread.ts).
import { createRequire } from "node:module";
import v8 from "node:v8";
import vm from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import type { SinkCall, ThreadAnswer } from "./workflow-thread.ts";

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

const { runInContext: runText } = vm;
vm.runInContext = (code, context, options) =>
	runText(
		code.includes("const __TEMPORAL_CALL_INTO_SCOPE")
			? `(${defineCallIntoScope})()`
			: code,
		context,
		options,
	);

// The SDK makes a stack trace through the source map for each promise, for a query that `why` replaces.
v8.promiseHooks.createHook = () => () => {};

if (parentPort !== null) sendSinkCallsAlong(parentPort);
createRequire(import.meta.url)(file);

/** The SDK asks for the sink calls of every activation by a message of its own: they go with its answer. */
function sendSinkCallsAlong(port: NonNullable<typeof parentPort>): void {
	const post = port.postMessage.bind(port);
	let runs: Runs | undefined;
	port.postMessage = (answer: ThreadAnswer) => {
		const { output } = answer.result ?? {};
		if (output?.type !== "activation-completion") return post(answer);
		const { runId } = output.completion;
		runs ??= runsOfThread();
		void takeSinkCalls(runs, runId).then((calls) =>
			post({ ...answer, sinkCalls: { runId, calls } }),
		);
	};
}

/** The SDK's runs in this thread, by their ids, as far as we ask them. */
type Runs = ReadonlyMap<
	string,
	{ getAndResetSinkCalls(): Promise<SinkCall[]> }
>;

function runsOfThread(): Runs {
	const { ReusableVMWorkflowCreator } = createRequire(file)("./reusable-vm.js");
	return ReusableVMWorkflowCreator.workflowByRunId;
}

async function takeSinkCalls(runs: Runs, runId: string): Promise<SinkCall[]> {
	const calls = (await runs.get(runId)?.getAndResetSinkCalls()) ?? [];
	// Calls of one activation share what they say of their run; as a message, too, it is written once then.
	const infos = new Map<object, SinkCall["workflowInfo"]>();
	return calls.map((call) => {
		const { workflowInfo } = call;
		const info = infos.get(workflowInfo) ?? withoutFunctions(workflowInfo);
		infos.set(workflowInfo, info);
		return { ...call, workflowInfo: info };
	});
}

/** A function cannot be sent; the SDK puts its own in their place. */
function withoutFunctions(
	info: SinkCall["workflowInfo"],
): SinkCall["workflowInfo"] {
	const { now: _now, random: _random, ...unsafe } = info.unsafe;
	return { ...info, unsafe };
}

/** A run as the SDK's sandbox knows it, and ours: its activator while another run has its turn. */
interface RunScope {
	activator?: unknown;
}

interface SandboxGlobals {
	/** What is called next: the run, the function's name, its arguments. */
	__temporal_args?: [RunScope, string, unknown[]];
	__TEMPORAL_ACTIVATOR__: unknown;
	__TEMPORAL__: { api: Record<string, (...args: unknown[]) => unknown> };
}

/**
 * Its text runs in the sandbox in place of the SDK's own script: defines the function by which the SDK calls into a
 * run. The SDK's describes and compares all 80 globals whenever another run has its turn. Only the activator differs:
 * the SDK changes the others once, when the bundle is loaded, and our workflow code changes none (architecture.test.ts).
 */
function defineCallIntoScope(): void {
	const sandbox = globalThis as unknown as SandboxGlobals;
	let current: RunScope | undefined;
	const value = () => {
		const [next, name, args] = sandbox.__temporal_args as [
			RunScope,
			string,
			unknown[],
		];
		delete sandbox.__temporal_args;
		if (next !== current) {
			if (current) current.activator = sandbox.__TEMPORAL_ACTIVATOR__;
			sandbox.__TEMPORAL_ACTIVATOR__ = next.activator;
			current = next;
		}
		return sandbox.__TEMPORAL__.api[name]?.(...args);
	};
	const name = "__TEMPORAL_CALL_INTO_SCOPE";
	Object.defineProperty(globalThis, name, { value });
}
