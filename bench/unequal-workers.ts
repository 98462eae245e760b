import { setTimeout as sleep } from "node:timers/promises";
import { MongoClient } from "mongodb";
import { jsonBytes } from "../src/domain/json-bytes.ts";
import type { FinishedTicket } from "../src/domain/prediction/prediction.ts";
import type { BenchWorld } from "./bench-world.ts";
import { makeChampion } from "./make-champion.ts";
import {
	type AgentKind,
	openAgents,
	parametersOf,
	playPlan,
} from "./makespan.ts";
import { layeredPlan, TASKS, withEstimates } from "./makespan-plan.ts";
import { spreadOf } from "./statistics.ts";

/** How much longer each of eight workers takes than the fastest. */
const SLOWDOWNS = [1, 1.3, 1.7, 2, 2.5, 3, 4, 4];
/** Of the worker that a prediction means. */
const TYPICAL_SLOWDOWN = 2.5;
/** Executions of one agent at once: fewer than in the other comparison, so that tickets queue. */
const SLOTS = 2;
const MEDIAN_MS = 200;
const WARM_UP_SEED = 99;
/** Plans whose tickets the model is fitted to. */
const TRAINING_SEEDS = [201, 202, 203, 204];
const ALONE = {
	TICKETS_ROUTING: "worker",
	ML_PREDICTIONS_ENABLED: "false",
	SCHEDULER_ENABLE_TRACES: "false",
};
const TRACED = { TICKETS_ROUTING: "worker", ML_PREDICTIONS_ENABLED: "false" };
const LEARNED = { TICKETS_ROUTING: "worker" };

/**
 * The 500-ticket plan of 12 layers under V2 on eight unequal workers, with estimates as teams make them: by the
 * scheduler alone, then with a model and traces.
 */
export async function measureUnequal(world: BenchWorld) {
	return await withAgentsOnly(world, async () => {
		const alone = await playAll(world, ALONE, unequal);
		await makeChampion(world, history());
		const learned = await playAll(world, LEARNED, unequal);
		const learnedToAlone = spreadOf(
			learned.map(
				({ makespanMs }, at) => makespanMs / (alone[at]?.makespanMs ?? 0),
			),
		);
		return {
			aloneMs: spreadOf(alone.map(({ makespanMs }) => makespanMs)),
			learnedMs: spreadOf(learned.map(({ makespanMs }) => makespanMs)),
			learnedToAlone,
			ratios: { makespan_learned_to_alone: learnedToAlone.median },
		};
	});
}

/** The same plan where one worker fails everything: what completes without and with traces. */
export async function measureFailing(world: BenchWorld) {
	return await withAgentsOnly(world, async () => {
		const untraced = await playAll(world, ALONE, oneFails, 2);
		const traced = await playAll(world, TRACED, oneFails, 2);
		return {
			completedUntraced: spreadOf(untraced.map(({ completed }) => completed)),
			completedTraced: spreadOf(traced.map(({ completed }) => completed)),
		};
	});
}

/** Tickets are executed by agents, and not answered at once; roles have their usual settings afterwards. */
async function withAgentsOnly<T>(
	world: BenchWorld,
	measure: () => Promise<T>,
): Promise<T> {
	world.traffic.answer(false);
	try {
		return await measure();
	} finally {
		world.traffic.answer(true);
		for (const role of ["worker", "intake"] as const)
			await world.service.restart(role);
	}
}

/** Traces and paces in Redis are by agents' ids: each part has its own. */
const workersOf = (part: string): AgentKind[] =>
	SLOWDOWNS.map((slowdown, at) => ({
		...{ agents: 1, idPrefix: `${part}-${at}` },
		settings: { slowdown, concurrency: SLOTS },
	}));
const unequal = workersOf("unequal");
/** The fastest, which fails at once: it is always free. */
const oneFails: readonly AgentKind[] = [
	{
		...{ agents: 1, idPrefix: "failing" },
		settings: { failureRatio: 1, slowdown: 0.1, concurrency: SLOTS },
	},
	...workersOf("others").slice(1),
];

async function playAll(
	world: BenchWorld,
	env: Readonly<Record<string, string>>,
	kinds: readonly AgentKind[],
	seedCount = Infinity,
) {
	world.say(`unequal workers: ${JSON.stringify(env)}`);
	for (const role of ["worker", "intake"] as const)
		await world.service.restart(role, { env });
	const agents = await openAgents(world, kinds);
	const played = [];
	try {
		await playPlan(world, tasksOf(WARM_UP_SEED));
		// Telemetry travels with the heartbeats.
		await sleep(3_000);
		for (const seed of world.scale.makespanSeeds.slice(0, seedCount)) {
			const one = await playPlan(world, tasksOf(seed));
			const completed = await readCompleted(world, one.planId);
			const percent = Math.round(100 * completed);
			world.say(`unequal workers: ${percent} % of the tickets completed`);
			played.push({ ...one, completed });
		}
	} finally {
		await agents.stop();
	}
	return played;
}

function tasksOf(seed: number) {
	return withEstimates(layeredPlan(seed, MEDIAN_MS), seed, true);
}

/** Share of the plan's tickets that completed: one that fails for good takes those behind it along. */
async function readCompleted(
	{ stack }: BenchWorld,
	plan_id: string,
): Promise<number> {
	const client = new MongoClient(stack.env.MONGODB_URI as string);
	try {
		const tickets = client.db("bench").collection("execution_tickets");
		const completed = await tickets
			.find({ plan_id, compensates: null })
			.project({ outcome: 1 })
			.toArray();
		const isDone = ({ outcome }: { outcome?: string }) =>
			outcome === "completed" || outcome === "compensated";
		return completed.filter(isDone).length / TASKS;
	} finally {
		await client.close();
	}
}

function history(): FinishedTicket[] {
	const atMs = Date.now() - 3_600_000;
	return TRAINING_SEEDS.flatMap((seed) =>
		tasksOf(seed).map((task, at) => ({
			ticket_id: `${seed}-${at}`,
			plan_id: String(seed),
			...({ task_type: "EXECUTE", risk_band: "medium" } as const),
			required_capabilities: ["python", "compute"],
			qos: {
				delivery_mode: "AT_LEAST_ONCE",
				consistency: "EVENTUAL",
				durability: "PERSISTENT",
			} as const,
			parameters_size: jsonBytes(parametersOf(task)),
			estimated_duration_ms: task.estimatedMs ?? task.durationMs,
			...{ timeout_ms: 60_000, retry_count: 0, tenant: "TECHNICAL" },
			at_ms: atMs + at,
			...{ worker: null, completed: true, queue_ms: 0, prediction: null },
			actual_duration_ms: TYPICAL_SLOWDOWN * task.durationMs,
			ended_at_ms: atMs + at,
		})),
	);
}
