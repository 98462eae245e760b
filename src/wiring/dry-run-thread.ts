import { parentPort, workerData } from "node:worker_threads";
import { toJson } from "../domain/json-text.ts";
import { type ErrorCode, OrchestratorError } from "../errors.ts";
import { readJsonBody } from "../http/read-json-body.ts";
import {
	type DryRunRequest,
	dryRunDecision,
} from "../plans/dry-run-decision.ts";
import type { RunSettings } from "../plans/prepare-run.ts";

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
	parentPort?.postMessage(answer(workerData as RunSettings, job));
});

function answer(settings: RunSettings, job: DryRunJob): DryRunAnswer {
	try {
		const value = readJsonBody(job.body);
		const outcome = dryRunDecision(settings, { ...job, value });
		if (outcome.kind === "needs_plan") return outcome;
		return {
			kind: "done",
			json: new TextEncoder().encode(toJson(outcome.run)),
		};
	} catch (error) {
		if (!(error instanceof OrchestratorError)) throw error;
		const { code, message, details } = error;
		return { kind: "failed", code, message, details };
	}
}
