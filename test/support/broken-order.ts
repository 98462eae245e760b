import assert from "node:assert/strict";
import type { WorkflowBundle } from "@temporalio/worker";
import { bundleWorkflows } from "../../src/temporal/bundle-workflows.ts";

/** Today's workflow code, and the same with a V2 whose order fails once the first task of the plan is out. */
export async function bundlesOfOrder(): Promise<
	Record<"sound" | "broken", { code: string } & WorkflowBundle>
> {
	const sound = (await bundleWorkflows()) as { code: string };
	const code = sound.code.replace(
		/function criticalFirst\(\{ ready, remainingMs \}\) \{/,
		(head) =>
			`${head} if (!ready.has(0)) throw new Error("no order for these");`,
	);
	assert.notEqual(code, sound.code);
	return { sound, broken: { code } };
}
