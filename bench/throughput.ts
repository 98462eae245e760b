import { setTimeout as sleep } from "node:timers/promises";
import type { BenchWorld } from "./bench-world.ts";
import { driveClosedLoop, driveOpenLoop, msToTickets } from "./drive-plans.ts";
import { measureUsage, type Usage } from "./measure-usage.ts";
import { percentile, round, spreadOf } from "./statistics.ts";

/** The pipe is full by then. */
const FILL_MS = 3_000;
const FLOOR_IN_FLIGHT = [8, 32];
/** Temporal looks again at every workflow task when its 10 s are over: those of the floor are not a plan's. */
const FLOOR_AFTERMATH_MS = 11_000;

export interface ClosedLoop extends Usage {
	inFlight: number;
	plansPerSecond: number;
	plans: number;
	p99ToTicketsMs: number;
}

/** Completed 10-task fan-outs (V1) a second: closed loop at the knee with its CPU, then open loop. */
export async function measureThroughput(world: BenchWorld) {
	const { scale, say } = world;
	const search: ClosedLoop[] = [];
	for (const inFlight of scale.inFlight) {
		const found = await closedLoop(world, inFlight, scale.searchSeconds);
		say(
			`throughput: ${inFlight} in flight, ${round(found.plansPerSecond)} plans/s`,
		);
		search.push(found);
	}
	const knee = findKnee(search);
	const floors: number[][] = FLOOR_IN_FLIGHT.map(() => []);
	const turns: ClosedLoop[] = [];
	for (let turn = 1; turn <= scale.repetitions; turn++) {
		for (const [index, inFlight] of FLOOR_IN_FLIGHT.entries())
			floors[index]?.push(await world.floor.rate(inFlight, scale.floorSeconds));
		await sleep(FLOOR_AFTERMATH_MS);
		const found = await closedLoop(world, knee.inFlight, scale.kneeSeconds);
		say(
			`throughput: at the knee, repetition ${turn} of ${scale.repetitions}: ${round(found.plansPerSecond)} plans/s`,
		);
		turns.push(found);
	}
	const perSecond = spreadOf(turns.map((turn) => turn.plansPerSecond));
	const floorAt32 = spreadOf(floors[1] ?? []);
	const perPlan = (used: (usage: Usage) => number) =>
		spreadOf(turns.map((turn) => used(turn) / turn.plans));
	const ours = perPlan(({ cpuMs }) => cpuMs.worker + cpuMs.intake);
	const temporal = perPlan(({ cpuMs }) => cpuMs.temporal);
	return {
		search: search.map(({ inFlight, plansPerSecond }) => ({
			inFlight,
			plansPerSecond,
		})),
		knee: { inFlight: knee.inFlight, plansPerSecond: perSecond },
		floorAt8: spreadOf(floors[0] ?? []),
		floorAt32,
		cpuMsPerPlan: {
			ours,
			worker: perPlan(({ cpuMs }) => cpuMs.worker),
			intake: perPlan(({ cpuMs }) => cpuMs.intake),
			temporal,
			kafka: perPlan(({ cpuMs }) => cpuMs.kafka),
			mongodb: perPlan(({ cpuMs }) => cpuMs.mongodb),
		},
		openLoop: await findOpenLoopRate(world, perSecond.median),
		ratios: { throughput_to_floor: perSecond.median / floorAt32.median },
		figures: {
			cpu_ms_per_plan_ours: ours.median,
			cpu_ms_per_plan_temporal: temporal.median,
		},
	};
}

/** The fewest in flight that reach the highest rate but for 5 %. */
function findKnee(search: readonly ClosedLoop[]): ClosedLoop {
	const highest = Math.max(...search.map((one) => one.plansPerSecond));
	const knee = search.find((one) => one.plansPerSecond >= 0.95 * highest);
	if (knee === undefined) throw new Error("no plan was completed");
	return knee;
}

/** Keeps so many 10-task fan-outs (V1) in flight and measures for so long, once the pipe is full. */
export async function closedLoop(
	world: BenchWorld,
	inFlight: number,
	seconds: number,
): Promise<ClosedLoop> {
	const load = driveClosedLoop(world, inFlight);
	await sleep(FILL_MS);
	const before = load.done.length;
	let plans = 0;
	const usage = await measureUsage(world, async () => {
		await sleep(seconds * 1_000);
		plans = load.done.length - before;
	});
	const counted = load.done.slice(before, before + plans);
	await load.stop();
	return {
		...usage,
		inFlight,
		plans,
		plansPerSecond: (plans * 1_000) / usage.wallMs,
		p99ToTicketsMs: percentile(counted.map(msToTickets), 0.99),
	};
}

const RATE_STEPS = [0.5, 0.6, 0.7, 0.8, 0.9, 1];
const MAX_P99_MS = 1_000;

/** The highest rate at which 99 of 100 plans have their tickets on Kafka within a second. */
async function findOpenLoopRate(world: BenchWorld, kneePerSecond: number) {
	const steps: { plansPerSecond: number; p50Ms: number; p99Ms: number }[] = [];
	for (const share of RATE_STEPS) {
		const plansPerSecond = share * kneePerSecond;
		const count = Math.ceil(plansPerSecond * world.scale.openLoopSeconds);
		const times = (await driveOpenLoop(world, plansPerSecond, count)).map(
			msToTickets,
		);
		const p99Ms = percentile(times, 0.99);
		steps.push({ plansPerSecond, p50Ms: percentile(times, 0.5), p99Ms });
		world.say(
			`throughput: open loop ${round(plansPerSecond)} plans/s, p99 ${round(p99Ms)} ms`,
		);
		if (p99Ms > MAX_P99_MS) break;
	}
	const highest = steps.filter(({ p99Ms }) => p99Ms <= MAX_P99_MS).at(-1);
	return { steps, highestPerSecond: highest?.plansPerSecond ?? 0 };
}
