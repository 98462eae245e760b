import { setTimeout as sleep } from "node:timers/promises";
import { MongoClient } from "mongodb";
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
	const agents = await openAgents(world);
	const played: Played[] = [];
	try {
		await playPlan(world, WARM_UP_SEED);
		// Telemetry travels with the heartbeats.
		await sleep(3_000);
		for (const seed of world.scale.makespanSeeds)
			played.push(await playPlan(world, seed));
	} finally {
		await agents.stop();
	}
	return played;
}

/** Fast and slow agents in one group, with this process as their machine. */
async function openAgents({ stack, topics, kafka }: BenchWorld) {
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
	const groups = await Promise.all([
		startAgents({ ...base, agents: FAST, idPrefix: "fast", settings }),
		startAgents({
			...base,
			agents: SLOW,
			idPrefix: "slow",
			settings: { ...settings, slowdown: SLOWDOWN },
		}),
	]);
	await Promise.all(groups.map((group) => group.ready()));
	// The last rebalance is over, and the owners of partitions are read again.
	await sleep(4_000);
	return {
		stop: async () =>
			void (await Promise.all(groups.map((group) => group.stop()))),
	};
}

async function playPlan(world: BenchWorld, seed: number): Promise<Played> {
	const tasks = layeredPlan(seed, MEDIAN_MS);
	const shape = { name: "fan-out" as const, tasks: tasks.map(toSpec) };
	const track = await world.traffic.submit(shape, "V2");
	await until(track, "completed");
	const makespanMs = track.completedAtMs - track.firstTicketAtMs;
	const executedByChosen = await readExecutedByChosen(world, track.planId);
	world.say(
		`makespan: seed ${seed}: ${makespanMs} ms, ${Math.round(100 * executedByChosen)} % by the chosen worker`,
	);
	return {
		makespanMs,
		criticalPathMs: criticalPathMs(tasks),
		executedByChosen,
	};

	function toSpec({ id, durationMs, dependencies }: TimedTask) {
		return {
			task_id: id,
			dependencies: dependencies.map((one) => tasks[one]?.id as string),
			estimated_duration_ms: durationMs,
			parameters: { simulate_duration_ms: String(durationMs) },
		};
	}
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
