import type { WorkflowExecutionInfo } from "@temporalio/client";
import type { TrainingTrigger } from "../domain/prediction/model-words.ts";
import {
	TRAINING_WORKFLOW_TYPE,
	type TrainingRequest,
} from "../domain/prediction/training-request.ts";
import { isRetryable } from "../errors.ts";
import type { Mongo } from "../storage/storage-context.ts";
import type { PlanClientOptions } from "../temporal/plan-client.ts";
import { describeRun, isOpen } from "../temporal/start-plan.ts";
import { createTemporalCalls, startOnce } from "../temporal/temporal-calls.ts";
import { trainingWorkflowId } from "../temporal/workflow-ids.ts";
import { MODELS } from "./model-documents.ts";
import type { Training, TrainingJob, TrainingResult } from "./ports.ts";

/** `_id` of the number of the newest training, in `models`. */
const COUNTER = "training";

export interface TrainingDeps extends PlanClientOptions {
	mongo: Mongo;
	/** Of every training that is asked for. */
	settings: Omit<TrainingRequest, "trigger" | "by">;
}

/** Trainings, each a workflow `ml-train-{task queue}-{n}`. Throws STORE_UNAVAILABLE as well: MongoDB has the number. */
export function createTraining({
	mongo,
	client,
	taskQueue,
	callTimeoutMs = 5_000,
	settings,
}: TrainingDeps): Omit<Training, "start"> & {
	start(
		request: Parameters<Training["start"]>[0] & { mlflowVersion?: string },
	): ReturnType<Training["start"]>;
} {
	const calls = createTemporalCalls({ client, callTimeoutMs });
	const run = <T>(name: string, work: Parameters<typeof mongo.run<T>>[1]) =>
		mongo.run({ collection: MODELS, name }, work);

	const query = `WorkflowType = '${TRAINING_WORKFLOW_TYPE}' AND TaskQueue = '${taskQueue}'`;

	/** The newest that was asked for, which a list may not have yet, or one that the schedule began. */
	async function findRunning(newestId: string): Promise<string | undefined> {
		const newest = await describeRun(calls, newestId);
		if (newest !== undefined && isOpen(newest)) return newestId;
		return await calls("find a training that runs", async (it) => {
			const running = `${query} AND ExecutionStatus = 'Running'`;
			// It may have ended since the list was made.
			for await (const { workflowId } of it.workflow.list({ query: running }))
				if (workflowId !== newestId) return workflowId;
			return undefined;
		});
	}

	return {
		async start({ trigger, by, windowDays, mlflowVersion }) {
			const counter = await run("read_trainings", (target) =>
				target.findOne({ _id: COUNTER }),
			);
			const newest = Number(counter?.n ?? 0);
			const running = await findRunning(trainingWorkflowId(taskQueue, newest));
			if (running !== undefined) return { job_id: running, isNew: false };
			const n = newest + 1;
			const job_id = trainingWorkflowId(taskQueue, n);
			const request: TrainingRequest = {
				...{ ...settings, trigger, by },
				...(windowDays !== undefined && { windowDays }),
				...(mlflowVersion !== undefined && { mlflowVersion }),
			};
			const isNew = await startOnce(calls, TRAINING_WORKFLOW_TYPE, {
				workflowId: job_id,
				workflowIdReusePolicy: "REJECT_DUPLICATE",
				taskQueue,
				args: [request],
				memo: { trigger, by },
			});
			await run("count_training", (target) =>
				target.updateOne(
					{ _id: COUNTER },
					{ $max: { n }, $set: { kind: "training" } },
					{ upsert: true },
				),
			);
			return { job_id, isNew };
		},

		async readJob(jobId) {
			const found = await describeRun(calls, jobId);
			const isOurs =
				found?.type === TRAINING_WORKFLOW_TYPE && found.taskQueue === taskQueue;
			if (!isOurs) return undefined;
			const job = jobOf(found);
			if (job.status === "running") return job;
			try {
				const result = await calls(`result of ${jobId}`, (it) =>
					it.workflow.result<() => Promise<TrainingResult>>(jobId),
				);
				return { ...job, result };
			} catch (error) {
				if (isRetryable(error)) throw error;
				return { ...job, error: rootMessage(error) };
			}
		},

		async listJobs(limit) {
			return await calls("list trainings", async (it) => {
				const jobs: TrainingJob[] = [];
				for await (const one of it.workflow.list({ query })) {
					jobs.push(jobOf(one));
					if (jobs.length >= limit) break;
				}
				return jobs.toSorted((a, b) => b.started_at - a.started_at);
			});
		},
	};
}

const statuses: Record<string, TrainingJob["status"]> = {
	RUNNING: "running",
	PAUSED: "running",
	COMPLETED: "completed",
	CANCELLED: "cancelled",
};

function jobOf({
	workflowId,
	status,
	startTime,
	closeTime,
	memo,
}: Pick<
	WorkflowExecutionInfo,
	"workflowId" | "status" | "startTime" | "closeTime" | "memo"
>): TrainingJob {
	const { trigger = "schedule", by = "ml-training" } = (memo ?? {}) as {
		trigger?: TrainingTrigger;
		by?: string;
	};
	return {
		job_id: workflowId,
		status: statuses[status.name] ?? "failed",
		started_at: startTime.getTime(),
		ended_at: closeTime?.getTime() ?? null,
		...{ trigger, by, result: null, error: null },
	};
}

function rootMessage(error: unknown): string {
	let root = error;
	while (root instanceof Error && root.cause !== undefined) root = root.cause;
	return root instanceof Error ? root.message : String(root);
}
