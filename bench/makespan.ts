import { setTimeout as sleep } from "node:timers/promises";
import { MongoClient } from "mongodb";
import type { AgentSettings } from "../stack/agents/settings.ts";
import { startAgents } from "../stack/agents/start-agents.ts";
import type { BenchWorld } from "./bench-world.ts";
import { until } from "./drive-plans.ts";
import {
	criticalPathMs,
	layeredPlan,
	type TimedTask,
} from "./makespan-plan.ts";
import { spreadOf } from "./statistics.ts";

const FAST = 6;
const SLOW = 2;
const SLOWDOWN = 4;
/** Executions of one agent at once. */
const SLOTS = 4;
const MEDIAN_MS = 200;
/** The first plan is played before anything is measured, so that agents have telemetry. */
const WARM_UP_SEED = 99;

/**
 * The 500-ticket plan of 12 layers under V2, on eight agents of which two take four times as long: by Kafka's
 * keys, then to the worker that was chosen. Median of the seeds.
 */
export async function measureMakespan(world: BenchWorld) {
	world.traffic.answer(false);
	try {
		const key = await measureRouting(world, "key");
		const worker = await measureRouting(world, "worker");
		return {
			criticalPathMs: spreadOf(key.map((one) => one.criticalPathMs)),
			key: summary(key),
			worker: summary(worker),
			workerToKey: spreadOf(
				worker.map(
					({ makespanMs }, at) => makespanMs / (key[at]?.makespanMs ?? 0),
				),
			),
		};
	} finally {
		world.traffic.answer(true);
		await world.service.restart("worker");
	}
}

interface Played {
	planId: string;
	makespanMs: number;
	criticalPathMs: number;
	executedByChosen: number;
}

function summary(played: readonly Played[]) {
	return {
		makespanMs: spreadOf(played.map(({ makespanMs }) => makespanMs)),
		executedByChosen: spreadOf(
			played.map(({ executedByChosen }) => executedByChosen),
		),
	};
}

async function measureRouting(
	world: BenchWorld,
	routing: "key" | "worker",
): Promise<Played[]> {
	world.say(`makespan: TICKETS_ROUTING=${routing}`);
	await world.service.restart("worker", { env: { TICKETS_ROUTING: routing } });
	const agents = await openAgents(world, [
		{ agents: FAST, idPrefix: "fast" },
		{ agents: SLOW, idPrefix: "slow", settings: { slowdown: SLOWDOWN } },
	]);
	const played: Played[] = [];
	try {
		await playSeed(world, WARM_UP_SEED);
		// Telemetry travels with the heartbeats.
		await sleep(3_000);
		for (const seed of world.scale.makespanSeeds)
			played.push(await playSeed(world, seed));
	} finally {
		await agents.stop();
	}
	return played;
}

/** Agents that are alike. */
export interface AgentKind {
	agents: number;
	idPrefix: string;
	settings?: Partial<AgentSettings>;
}

/** Different agents in one group, with this process as their machine. */
export async function openAgents(
	{ stack, topics, kafka }: BenchWorld,
	kinds: readonly AgentKind[],
) {
	const base = {
		brokers: kafka.brokers,
		redisNodes: [stack.env.REDIS_CLUSTER_NODES as string],
		// V2 tickets have no open dependencies: nobody is asked.
		apiUrl: "http://127.0.0.1:1",
		topicNames: { tickets: topics.tickets.name },
	};
	const settings = {
		concurrency: SLOTS,
		reportRunning: false,
		leaseMs: 6_000,
	};
	const groups = await Promise.all(
		kinds.map((kind) =>
			startAgents({
				...{ ...base, ...kind },
				settings: { ...settings, ...kind.settings },
			}),
		),
	);
	await Promise.all(groups.map((group) => group.ready()));
	// The last rebalance is over, and the owners of partitions are read again.
	await sleep(4_000);
	return {
		stop: async () =>
			void (await Promise.all(groups.map((group) => group.stop()))),
	};
}

async function playSeed(world: BenchWorld, seed: number): Promise<Played> {
	world.say(`makespan: seed ${seed}`);
	return await playPlan(world, layeredPlan(seed, MEDIAN_MS));
}

/** Plays one plan through under V2. */
export async function playPlan(
	world: BenchWorld,
	tasks: readonly TimedTask[],
): Promise<Played> {
	const shape = { name: "fan-out" as const, tasks: tasks.map(toSpec) };
	const track = await world.traffic.submit(shape, "V2");
	await until(track, "completed");
	const makespanMs = track.completedAtMs - track.firstTicketAtMs;
	const executedByChosen = await readExecutedByChosen(world, track.planId);
	world.say(
		`makespan: ${makespanMs} ms, ${Math.round(100 * executedByChosen)} % by the chosen worker`,
	);
	return {
		planId: track.planId,
		makespanMs,
		criticalPathMs: criticalPathMs(tasks),
		executedByChosen,
	};

	function toSpec(task: TimedTask) {
		const { id, durationMs, dependencies, estimatedMs = durationMs } = task;
		return {
			task_id: id,
			dependencies: dependencies.map((one) => tasks[one]?.id as string),
			estimated_duration_ms: estimatedMs,
			parameters: parametersOf(task),
		};
	}
}

/** What a model may learn from: the longer the input, the longer the work. */
export function parametersOf({
	durationMs,
	predictedMs,
}: Pick<TimedTask, "durationMs" | "predictedMs">) {
	const simulate_duration_ms = String(durationMs).padStart(6, "0");
	if (predictedMs === undefined) return { simulate_duration_ms };
	const input = "x".repeat(Math.round(20 * Math.sqrt(predictedMs)));
	return { simulate_duration_ms, input };
}

/** Share of the plan's tickets that the agent executed which C3 had chosen. */
async function readExecutedByChosen(
	{ stack }: BenchWorld,
	planId: string,
): Promise<number> {
	const client = new MongoClient(stack.env.MONGODB_URI as string);
	try {
		const tickets = await client
			.db("bench")
			.collection("execution_tickets")
			.find({ plan_id: planId })
			.toArray();
		const held = tickets.filter(
			({ agent_id, metadata }) => agent_id === metadata.assigned_agent_id,
		);
		return held.length / tickets.length;
	} finally {
		await client.close();
	}
}
