import { setTimeout as sleep } from "node:timers/promises";
import { DURATION_MODEL, type TrainingJob } from "../src/prediction/ports.ts";
import { waitUntil } from "../stack/wait-until.ts";
import type { BenchWorld } from "./bench-world.ts";
import { until } from "./drive-plans.ts";
import { learningPlan } from "./learning-plans.ts";
import { type Played, readLearning } from "./learning-record.ts";
import {
	alarmsOf,
	printLearning,
	scoreRows,
	trainingsOf,
} from "./learning-scores.ts";
import { openAgents } from "./makespan.ts";

const DATABASE = "learning";
const IN_FLIGHT = 16;
/** How much longer each agent takes: nothing in a ticket says so. */
const SLOWDOWNS = [0.8, 0.9, 1, 1.1, 1.25, 1.4];
/** Of the table: a model is trained after the second, types drift from the fourth on. */
const ROWS = 8;
const TRAINED_AFTER = 2;
const DRIFT_AFTER = 3;
const PATIENCE_MS = 120_000;

const ENV = { MONGODB_DATABASE: DATABASE };
const TRAINER = { ...ENV, ROLES: "api,trainer" };

/**
 * Small plans through the whole service, in a database of its own: by estimates at first, then by a model that is
 * trained on them, then two of four types drift, and the service trains as it sees fit. How far durations were off,
 * which types were said to drift, and what came of the trainings.
 */
export async function measureLearning(world: BenchWorld) {
	const { service, traffic } = world;
	traffic.answer(false);
	try {
		for (const role of ["worker", "intake"] as const)
			await service.restart(role, { env: ENV });
		await service.restart("api", { env: TRAINER });
		const played = await playAll(world);
		const { tickets, models, drifts, trainings } = await readLearning(
			world,
			DATABASE,
			played,
		);
		const rows = scoreRows(tickets, models, played.rowSize);
		const driftsFrom = DRIFT_AFTER * played.rowSize;
		const alarms = alarmsOf(tickets, { drifts, models }, driftsFrom);
		const trained = trainingsOf(tickets, trainings, driftsFrom);
		printLearning(rows, alarms, trained);
		const last = rows.at(-1);
		if (!last?.first || !last.said) throw new Error("nothing was predicted");
		const { mae_percent } = last.said;
		return {
			rows,
			...alarms,
			trainings: trained,
			ratios: {
				learning_error_to_estimate: mae_percent / last.estimate.mae_percent,
				learning_error_to_uncorrected: mae_percent / last.first.mae_percent,
				learning_newest_to_first:
					(last.newest ?? last.first).mae_percent / last.first.mae_percent,
			},
			figures: {
				learning_drift_late: alarms.late.length,
				learning_drift_false: alarms.falseAlarms.length,
			},
		};
	} finally {
		traffic.answer(true);
		for (const role of service.roles) await service.restart(role);
	}
}

async function playAll(world: BenchWorld): Promise<Played> {
	const plans = world.scale.learningPlans;
	const rowSize = plans / ROWS;
	const played: Played = { places: new Map(), rowSize };
	const agents = await openAgents(
		world,
		SLOWDOWNS.map((slowdown, at) => ({
			...{ agents: 1, idPrefix: `learning-${at}` },
			settings: { slowdown, concurrency: 20 },
		})),
	);
	try {
		await play(world, played, TRAINED_AFTER * rowSize);
		await train(world);
		const env = { ...TRAINER, ML_RETRAINING_TRIGGERS_ENABLED: "true" };
		await world.service.restart("api", { env });
		await play(world, played, plans);
		await untilLearned(world);
	} finally {
		await agents.stop();
	}
	return played;
}

/** Until there have been so many plans in all. */
async function play(
	{ traffic, say }: BenchWorld,
	{ places, rowSize }: Played,
	plans: number,
): Promise<void> {
	let next = places.size;
	const loop = async () => {
		while (next < plans) {
			const place = next++;
			if (place % rowSize === 0) say(`learning: ${place} plans`);
			const shape = learningPlan(place + 1, place >= DRIFT_AFTER * rowSize);
			const track = await traffic.submit(shape, "V2");
			places.set(track.planId, place);
			await until(track, "completed");
		}
	};
	await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
}

/** Resolves when the worker predicts by the model that was trained. */
async function train({ service, say }: BenchWorld): Promise<void> {
	const api = `${service.address("api")}/api/v1/ml/train`;
	const response = await fetch(api, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ actor: "bench", reason: "a first model" }),
	});
	const { job_id } = (await response.json()) as { job_id: string };
	const patience = { timeoutMs: PATIENCE_MS, what: DURATION_MODEL };
	let job: TrainingJob | undefined;
	await waitUntil(async () => {
		job = await get<TrainingJob>(`${api}/${job_id}`);
		return job.status !== "running";
	}, patience);
	const { outcome, reason } = job?.result ?? {};
	say(`learning: training ${outcome ?? job?.error}: ${reason}`);
	if (outcome !== "promoted") throw new Error("there is no champion");
	const worker = service.address("worker");
	await waitUntil(
		async () => (await gauge(worker, "orchestration_ml_model_version")) === 1,
		patience,
	);
}

/** Documents are written a little later than frames. */
const WRITTEN_MS = 1_000;

/** Resolves when the learner has read what has ended by now. */
async function untilLearned({ service }: BenchWorld): Promise<void> {
	const endedMs = Date.now() + WRITTEN_MS;
	const learned = "orchestration_ml_learned_until_timestamp_seconds";
	await waitUntil(
		async () => {
			await sleep(1_000);
			return 1_000 * (await gauge(service.address("api"), learned)) > endedMs;
		},
		{ timeoutMs: PATIENCE_MS, what: "the learner" },
	);
}

/** A metric of the process that has no labels. */
async function gauge(address: string, name: string): Promise<number> {
	const response = await fetch(`${address}/metrics`);
	const found = new RegExp(`^${name} (.+)$`, "m").exec(await response.text());
	if (found === null) throw new Error(`${address} does not show ${name}`);
	return Number(found[1]);
}

async function get<Answer>(address: string): Promise<Answer> {
	const response = await fetch(address);
	if (!response.ok) throw new Error(`${address}: ${response.status}`);
	return (await response.json()) as Answer;
}
