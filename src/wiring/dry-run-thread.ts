import { parentPort, workerData } from "node:worker_threads";
import type { PolicyGate } from "../../activities/evaluate-policy.ts";
import { toJson } from "../domain/json-text.ts";
import { type ErrorCode, OrchestratorError } from "../errors.ts";
import { readJsonBody } from "../http/read-json-body.ts";
import {
	type DryRunRequest,
	dryRunDecision,
} from "../plans/dry-run-decision.ts";
import type { RunSettings } from "../plans/prepare-run.ts";
import { judgeDryRun, openTrialGate } from "../policy/judge-dry-run.ts";
import type { PolicySettings } from "../policy/policy-settings.ts";

export interface ThreadSettings extends RunSettings {
	/** null: policies are off. */
	policy: PolicySettings | null;
}

/** The body of a dry run, still to be read. */
export interface DryRunJob extends Omit<DryRunRequest, "value"> {
	body: Uint8Array;
}

export type DryRunAnswer =
	| { kind: "done"; json: Uint8Array }
	| { kind: "needs_plan"; planId: string }
	| {
			kind: "failed";
			code: ErrorCode;
			message: string;
			details: Record<string, unknown>;
	  };

/**
 * The thread's main file: it reads and validates plans of any size while the process answers other requests.
 */
parentPort?.on("message", (job: DryRunJob) => {
	void answer(workerData as ThreadSettings, job).then((it) =>
		parentPort?.postMessage(it),
	);
});

/** The thread has policies of its own, for the same reason. */
let gate: Promise<PolicyGate | undefined> | undefined;

async function answer(
	settings: ThreadSettings,
	job: DryRunJob,
): Promise<DryRunAnswer> {
	try {
		const value = readJsonBody(job.body);
		const outcome = dryRunDecision(settings, { ...job, value });
		if (outcome.kind === "needs_plan") return outcome;
		gate ??= openTrialGate(settings.policy);
		const { run, input } = outcome;
		const judged = await judgeDryRun(await gate, run, input);
		return { kind: "done", json: new TextEncoder().encode(toJson(judged)) };
	} catch (error) {
		if (!(error instanceof OrchestratorError)) throw error;
		const { code, message, details } = error;
		return { kind: "failed", code, message, details };
	}
}
