import { Worker } from "node:worker_threads";
import type { ModelTrainer } from "../../activities/train-model.ts";
import type { Config } from "../config.ts";
import { OrchestratorError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { WritableAuditLog } from "../prediction/audit-log.ts";
import { DURATION_MODEL } from "../prediction/ports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { TrainingAnswer, TrainingThreadData } from "./training-thread.ts";

export interface TrainerDeps {
	config: Pick<Config, "mongodb" | "prediction" | "service">;
	auditLog: Pick<WritableAuditLog, "write">;
	metrics: Pick<
		Metrics,
		"mlTrainings" | "mlTrainingSeconds" | "mlTrainingSamples"
	>;
	log: Pick<Log, "info" | "error">;
	/** The file that the thread runs. */
	file?: URL;
}

const FILE = new URL("./training-thread.ts", import.meta.url);

/** Trains in a thread of its own with a bounded heap: when it needs more, the training fails, and the process goes on. */
export function createThreadTrainer({
	config,
	auditLog,
	metrics,
	log,
	file = FILE,
}: TrainerDeps): ModelTrainer {
	return {
		async train(job, { signal }) {
			const { jobId, trigger, by } = job;
			const beganMs = performance.now();
			const seconds = () => (performance.now() - beganMs) / 1_000;
			try {
				const { mongodb, prediction, service } = config;
				const data = { config: { mongodb, prediction, service }, job };
				const { heapMb } = prediction.training;
				const result = await runThread(file, data, { heapMb, signal });
				metrics.mlTrainings.inc({ status: result.outcome, trigger });
				metrics.mlTrainingSamples.set(result.tickets);
				log.info({ jobId, ...result }, "training has ended");
				return result;
			} catch (error) {
				if (isCalledOff(signal)) {
					log.info({ error, jobId }, "training was called off here");
					throw error;
				}
				metrics.mlTrainings.inc({ status: "failed", trigger });
				log.error({ error, jobId }, "training has failed");
				await auditLog
					.write({
						...{ event_type: "training_failed", model_name: DURATION_MODEL },
						...{ user_id: by, triggered_by: trigger },
						reason: error instanceof Error ? error.message : String(error),
						duration_seconds: seconds(),
						event_data: { job_id: jobId },
					})
					// It is in the log, and in the workflow.
					.catch(() => undefined);
				throw error;
			} finally {
				metrics.mlTrainingSeconds.observe(seconds());
			}
		},
	};
}

/** By a person, or because another process goes on with it; out of time is a failure. */
function isCalledOff({ aborted, reason }: AbortSignal): boolean {
	return aborted && !String(reason).includes("TIMED_OUT");
}

async function runThread(
	file: URL,
	data: TrainingThreadData,
	{ heapMb, signal }: { heapMb: number; signal: AbortSignal },
) {
	signal.throwIfAborted();
	const thread = new Worker(file, {
		workerData: data,
		resourceLimits: { maxOldGenerationSizeMb: heapMb },
	});
	const { promise, resolve, reject } = Promise.withResolvers<TrainingAnswer>();
	thread.once("message", resolve);
	thread.once("error", (cause) => reject(broken(cause.message, cause)));
	thread.once("exit", (code) => reject(broken(`it ended with ${code}`)));
	const stop = () => {
		reject(signal.reason);
		void thread.terminate();
	};
	signal.addEventListener("abort", stop);
	try {
		const answer = await promise;
		if (answer.kind === "done") return answer.result;
		throw new OrchestratorError(answer.code, answer.message, answer.details);
	} finally {
		signal.removeEventListener("abort", stop);
		await thread.terminate();
	}
}

function broken(why: string, cause?: unknown): OrchestratorError {
	return new OrchestratorError(
		"TRAINING_BROKEN",
		`the thread that trained broke off: ${why}`,
		{
			cause,
			hint: "when it needs more memory, set ML_TRAINING_JOB_MEMORY_LIMIT, or a shorter ML_TRAINING_WINDOW_DAYS",
		},
	);
}
