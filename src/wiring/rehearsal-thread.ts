import { parentPort, workerData } from "node:worker_threads";
import { toJson } from "../domain/json-text.ts";
import { type ErrorCode, OrchestratorError } from "../errors.ts";
import { readJsonBody } from "../http/read-json-body.ts";
import type { RunSettings } from "../plans/prepare-run.ts";
import {
	type Rehearsal,
	rehearseDecision,
} from "../plans/rehearse-decision.ts";

/** A body to be rehearsed; `value` is what it says. */
export interface RehearsalJob extends Omit<Rehearsal, "value"> {
	body: Uint8Array;
}

export type RehearsalAnswer =
	| { kind: "done"; json: Uint8Array }
	| { kind: "needs_plan"; planId: string }
	| {
			kind: "failed";
			code: ErrorCode;
			message: string;
			details: Record<string, unknown>;
	  };

/** The thread's own file: it reads, validates and draws plans of any size, while the process answers others. */
parentPort?.on("message", (job: RehearsalJob) => {
	parentPort?.postMessage(answer(workerData as RunSettings, job));
});

function answer(settings: RunSettings, job: RehearsalJob): RehearsalAnswer {
	try {
		const value = readJsonBody(job.body);
		const outcome = rehearseDecision(settings, { ...job, value });
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
