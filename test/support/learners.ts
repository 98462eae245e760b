import type { TestContext } from "node:test";
import type { AllocationOutcome } from "../../schemas/allocation-outcome.ts";
import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import { fitModel } from "../../src/domain/prediction/fit.ts";
import type { Model } from "../../src/domain/prediction/model.ts";
import type { FinishedTicket } from "../../src/domain/prediction/prediction.ts";
import { OrchestratorError } from "../../src/errors.ts";
import { createLearner } from "../../src/prediction/learner.ts";
import { createLearningCounters } from "../../src/prediction/learning-counters.ts";
import { reportLearning } from "../../src/prediction/learning-report.ts";
import {
	createLearningStore,
	readLearning,
} from "../../src/prediction/learning-store.ts";
import { DURATION_MODEL } from "../../src/prediction/ports.ts";
import { createEndedAttempts } from "../../src/prediction/training-rows.ts";
import { storeEnded } from "./ended-tickets.ts";
import { modelsOn, openModelWorld } from "./models.ts";
import { silentLog } from "./stores.ts";
import { makeHistory } from "./ticket-history.ts";

export const history = makeHistory({ tickets: 3_000, drift: {} });
export const model = fitModel(history.slice(0, 2_000), {
	name: DURATION_MODEL,
}) as Model;
export const beginMs = 1_800_000_000_000;
const settings = {
	...{ retrains: true, volume: 10_000, watchesDrift: true },
	...{ shadowTickets: 400, publishesOutcomes: true },
	...{ minTickets: 100, windowDays: 30, settleMs: 1_000 },
};

export type World = Awaited<ReturnType<typeof openModelWorld>>;

/** A process that learns, as far as it is the one. */
export function openLearner(
	world: World,
	owner: string,
	{
		isTrainer = false,
		...changes
	}: Partial<typeof settings> & { isTrainer?: boolean } = {},
) {
	const { mongo } = world;
	const models = modelsOn(mongo);
	const told = {
		outcomes: [] as AllocationOutcome[],
		incidents: [] as OrchestrationIncident[],
		trainings: [] as string[],
		errors: [] as string[],
		isKafkaAway: false,
		isIndexed: true,
	};
	const learner = createLearner({
		...models,
		attempts: createEndedAttempts(mongo),
		isIndexed: () => told.isIndexed,
		store: createLearningStore(mongo, { owner, isTrainer }),
		async startTraining(trigger) {
			told.trainings.push(trigger);
			return { job_id: `ml-train-${told.trainings.length}`, isNew: true };
		},
		publisher: {
			async publishOutcomes(outcomes) {
				if (told.isKafkaAway)
					throw new OrchestratorError("PUBLISH_UNCONFIRMED", "kafka is away");
				told.outcomes.push(...outcomes);
			},
			async publishIncident(incident) {
				told.incidents.push(incident);
			},
		},
		counters: createLearningCounters(models.metrics),
		settings: { ...settings, ...changes },
		log: {
			...silentLog,
			error: (_: unknown, text: string) => void told.errors.push(text),
		},
	});
	return { ...models, learner, told };
}

/** Tickets that end one after the other from then on, predicted by the model; stored as they end, or then. */
export async function end(
	{ mongo, view }: Pick<World, "mongo" | "view">,
	tickets: readonly FinishedTicket[],
	fromMs: number,
	storedMs?: number,
): Promise<void> {
	const predictions = view.predict(tickets);
	await storeEnded(
		mongo,
		tickets.map((one, at) => ({
			...one,
			ended_at_ms: fromMs + at,
			prediction: predictions[at] ?? null,
		})),
		storedMs,
	);
}

export async function openWorld(t: TestContext) {
	const world = await openModelWorld(t);
	const version = await world.register(model);
	await world.become("champion", version);
	await world.view.refresh();
	return world;
}

export const report = async ({ mongo }: World) =>
	reportLearning(await readLearning(mongo));
