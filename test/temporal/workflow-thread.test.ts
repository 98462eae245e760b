import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import workerThreads, { Worker } from "node:worker_threads";
import {
	measuredSdkVersions,
	sdkVersion,
	withLeanWorkflowThread,
} from "../../src/temporal/workflow-thread.ts";
import { eventually } from "../support/eventually.ts";

/** A thread under the name of the SDK's, that runs a script as the SDK runs workflow code. */
async function startThread(
	t: TestContext,
	script: string,
	onStuck: () => void,
): Promise<string[]> {
	const folder = await mkdtemp(path.join(tmpdir(), "workflow-thread-"));
	const file = path.join(folder, "workflow-worker-thread.js");
	await writeFile(
		file,
		`const vm = require("node:vm");
		const { parentPort } = require("node:worker_threads");
		const context = vm.createContext({});
		const script = new vm.Script(${JSON.stringify(script)});
		setInterval(() => {
			try {
				parentPort.postMessage(String(script.runInContext(context, { timeout: 20 })));
			} catch (error) {
				parentPort.postMessage(error.code);
			}
		}, 5);`,
	);
	const said: string[] = [];
	await withLeanWorkflowThread({ limitMs: 100, onStuck }, async () => {
		const thread = new workerThreads.Worker(file);
		thread.on("message", (line: string) => said.push(line));
		t.after(async () => {
			await thread.terminate();
			await rm(folder, { recursive: true });
		});
	});
	return said;
}

test("workflow thread: code that does not come back is told once, and nothing else ends it", async (t) => {
	let stuckCount = 0;
	const said = await startThread(t, "for (;;) {}", () => {
		stuckCount += 1;
	});
	await eventually(() => stuckCount > 0);
	assert.equal(stuckCount, 1);
	assert.deepEqual(said, [], "no limit of the SDK's has ended it");
});

test("workflow thread: code that comes back is never taken for stuck", async (t) => {
	let stuckCount = 0;
	const said = await startThread(t, "1 + 1", () => {
		stuckCount += 1;
	});
	await eventually(() => said.length > 60);
	assert.deepEqual(new Set(said), new Set(["2"]));
	assert.equal(stuckCount, 0);
});

test("workflow thread: other threads, and those made later, are as they always were", async () => {
	await withLeanWorkflowThread(
		{ limitMs: 100, onStuck: () => assert.fail() },
		async () => assert.notEqual(workerThreads.Worker, Worker),
	);
	assert.equal(workerThreads.Worker, Worker);
});

test("workflow thread: the lean one is of the SDK that is installed, or somebody decides that it is not", () => {
	assert.deepEqual(measuredSdkVersions, [sdkVersion()]);
});
