import { parentPort, workerData } from "node:worker_threads";
import { toJson } from "../domain/json-text.ts";
import type { TicketFacts } from "../domain/prediction/prediction.ts";
import { type ErrorCode, OrchestratorError } from "../errors.ts";
import { readJsonBody } from "../http/read-json-body.ts";
import {
	type DryRunPredictions,
	type DryRunRequest,
	dryRunDecision,
	withDryPredictions,
} from "../plans/dry-run-decision.ts";
import type { PolicyGate } from "../plans/policy-ports.ts";
import type { RunSettings } from "../plans/prepare-run.ts";
import { judgeDryRun, openTrialGate } from "../policy/judge-dry-run.ts";
import type { PolicySettings } from "../policy/policy-settings.ts";

export interface ThreadSettings extends Omit<RunSettings, "predictor"> {
	/** null: policies are off. */
	policy: PolicySettings | null;
}

/** The body of a dry run, still to be read. */
export interface DryRunJob extends Omit<DryRunRequest, "value"> {
	body: Uint8Array;
	/** Whether there is a model to ask. */
	hasModel: boolean;
}

/** What the thread is sent: dry runs, one at a time, and the answer to its question about one. */
export type DryRunMessage =
	| ({ kind: "job" } & DryRunJob)
	| ({ kind: "predicted" } & DryRunPredictions);

export type DryRunAnswer =
	/** The model is in the process, which answers with `predicted`. */
	| { kind: "predict"; facts: TicketFacts[] }
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
parentPort?.on("message", (message: DryRunMessage) => {
	if (message.kind === "predicted") {
		onPredicted?.(message);
		return;
	}
	void answer(workerData as ThreadSettings, message).then((it) =>
		parentPort?.postMessage(it),
	);
});

let onPredicted: ((predictions: DryRunPredictions) => void) | undefined;

async function askProcess(facts: TicketFacts[]): Promise<DryRunPredictions> {
	const { promise, resolve } = Promise.withResolvers<DryRunPredictions>();
	onPredicted = resolve;
	parentPort?.postMessage({ kind: "predict", facts } satisfies DryRunAnswer);
	return await promise;
}

/** The thread has policies of its own, for the same reason. */
let gate: Promise<PolicyGate | undefined> | undefined;

async function answer(
	settings: ThreadSettings,
	job: DryRunJob,
): Promise<DryRunAnswer> {
	try {
		const value = readJsonBody(job.body);
		const planned = dryRunDecision(settings, { ...job, value });
		const outcome = job.hasModel
			? await withDryPredictions(planned, job.nowMs, askProcess)
			: planned;
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
