import path from "node:path";
import { eventually } from "../../support/eventually.ts";
import type { Fault, Scene } from "../fault.ts";
import { makeRelease, markerWorkflow } from "../make-release.ts";

/** All roles are restarted one after the other, with code that is not the same any more. */
export const rollingRestart: Fault = {
	number: 10,
	name: "rolling-restart",
	title: "rolling restart of all roles into a changed workflow bundle",
	terms: { repeats: false, reexecution: false },
	flowMs: 25_000,
	shortFlowMs: 10_000,
	shortSeconds: 30,
	outageMs: 0,
	async inject(scene) {
		const { world } = scene;
		const { processes, logDirectory } = world;
		processes.root = makeRelease(path.join(logDirectory, "..", "release-2"));
		for (const process of processes.all) {
			await process.stop();
			await processes.start(process);
		}
		await seeRelease(scene);
	},
};

/** Only the new bundle has this workflow. */
async function seeRelease({ world }: Scene): Promise<void> {
	const answer = world.temporal.workflow.execute(markerWorkflow, {
		workflowId: markerWorkflow,
		taskQueue: "orchestration-tasks",
		workflowIdReusePolicy: "ALLOW_DUPLICATE",
		workflowExecutionTimeout: "30s",
	});
	const told = await answer.catch((error: unknown) => String(error));
	if (told !== "release 2")
		world.troubles.push(`the new bundle does not run: ${told}`);
	await eventually(async () => (await fetch(`${world.apiUrl}/ready`)).ok);
}
