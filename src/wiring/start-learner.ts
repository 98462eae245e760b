import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { createTrainingActivities } from "../../activities/train-model.ts";
import { trainingQueueOf } from "../domain/prediction/training-request.ts";
import { isRetryable } from "../errors.ts";
import { createPublishers } from "../messaging/publishers.ts";
import { LEARNER } from "../prediction/follow-up.ts";
import { createLearner, LEARN_PAUSE_MS } from "../prediction/learner.ts";
import { createLearningCounters } from "../prediction/learning-counters.ts";
import { createLearningStore } from "../prediction/learning-store.ts";
import { createMlflow } from "../prediction/mlflow.ts";
import { createMlflowSync } from "../prediction/mlflow-sync.ts";
import { createEndedAttempts } from "../prediction/training-rows.ts";
import { createPublisherMetrics } from "../telemetry/publisher-metrics.ts";
import { ensureTrainingSchedule } from "../temporal/schedules.ts";
import { type PlanWorker, startActivityWorker } from "../temporal/worker.ts";
import { trainingSettings } from "./open-prediction.ts";
import { type Parts, untilItWorks } from "./parts.ts";
import { repeatTurns } from "./repeat-turns.ts";
import { createThreadTrainer } from "./train-in-thread.ts";

/**
 * Learns and trains, in one process of all: one of role `trainer`, else of role `worker`. The others are ready to
 * follow it.
 */
export async function startLearner(parts: Parts): Promise<void> {
	const { config, mongo, metrics, log, models, temporal, lifecycle } = parts;
	if (!config.prediction.isOn) return;
	const { learning, training: rules, mlflow } = config.prediction;
	const owner = `${config.service.name}@${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
	const isTrainer = config.roles.includes("trainer");
	const { training } = models;
	let isIndexed = false;
	void mongo.indexed.then(() => {
		isIndexed = true;
	});
	const learner = createLearner({
		attempts: createEndedAttempts(mongo),
		isIndexed: () => isIndexed,
		store: createLearningStore(mongo, { owner, isTrainer }),
		...{ view: models.view, registry: models.registry, log },
		auditLog: models.auditLog,
		startTraining: (trigger) => training.start({ trigger, by: LEARNER }),
		publisher: publishersOf(parts),
		counters: createLearningCounters(metrics),
		settings: { ...learning, ...rules },
	});
	const sync =
		mlflow &&
		createMlflowSync({
			mlflow: createMlflow(mlflow),
			lookMs: mlflow.lookMs,
			...{ registry: models.registry, metrics, log },
			startTraining: (mlflowVersion) =>
				training.start({ trigger: "mlflow", by: LEARNER, mlflowVersion }),
		});
	const worker = await openTrainingWorker(parts, owner);
	await lifecycle.start(
		"learner lease",
		async () => learner,
		(it) => it.release().catch(() => undefined),
	);
	let isLeading = false;
	await repeatTurns(parts, {
		name: "learner",
		async turn() {
			const role = await learner.turn(Date.now());
			isLeading = role === "leading";
			// An outage of a moment ends no training.
			if (role !== "unknown") await worker.work(isLeading);
		},
		pauseMs: LEARN_PAUSE_MS,
	});
	// Its calls may take longer than the lease of the learner.
	if (sync !== undefined)
		await repeatTurns(parts, {
			name: "MLflow",
			async turn() {
				if (isLeading) await keepMlflow(sync, log);
			},
			pauseMs: LEARN_PAUSE_MS,
		});
	await untilItWorks(parts, "training schedule", () =>
		ensureTrainingSchedule(temporal, {
			taskQueue: config.temporal.taskQueue,
			intervalMs: rules.intervalMs,
			request: {
				...trainingSettings(config),
				...{ trigger: "schedule", by: LEARNER },
			},
		}),
	);
}

async function keepMlflow(
	sync: ReturnType<typeof createMlflowSync>,
	log: Parts["log"],
): Promise<void> {
	try {
		await sync.turn(Date.now());
	} catch (error) {
		if (!isRetryable(error)) throw error;
		log.warn({ error }, "MLflow is not looked at for now, trying again");
	}
}

function publishersOf({ producer, topics, codec, redact, metrics }: Parts) {
	return createPublishers({
		...{ producer, topics, redact },
		encodeTicket: codec.encodeTicket,
		encodeApprovalRequest: codec.encodeApprovalRequest,
		metrics: createPublisherMetrics(metrics),
	});
}

/** Works on trainings while this process is the one that learns. */
async function openTrainingWorker(parts: Parts, identity: string) {
	const { config, models, metrics, log, lifecycle } = parts;
	const { namespace, retryWaits, taskQueue } = config.temporal;
	const trainer = createThreadTrainer({
		...{ config, metrics, log, auditLog: models.auditLog },
	});
	let running: PlanWorker | undefined;

	async function stop(): Promise<void> {
		const ended = running;
		running = undefined;
		await ended?.stop();
	}

	async function start(): Promise<void> {
		try {
			running = await startActivityWorker({
				connection: config.temporal,
				...{ namespace, identity, retryWaits, log },
				taskQueue: trainingQueueOf(taskQueue),
				shutdownGraceMs: config.shutdownGraceMs,
				activities: createTrainingActivities({ trainer }),
			});
			running.stopped.catch(parts.fail);
		} catch (error) {
			log.warn({ error }, "trainings are not worked on yet, trying again");
		}
	}

	return await lifecycle.start(
		"training worker",
		async () => ({
			async work(isWanted: boolean): Promise<void> {
				if (isWanted && running === undefined) await start();
				if (!isWanted && running !== undefined) await stop();
			},
		}),
		stop,
	);
}
