import { setTimeout as sleep } from "node:timers/promises";
import type { BenchWorld } from "./bench-world.ts";
import { driveOpenLoop, until } from "./drive-plans.ts";
import { turnEverythingOn } from "./everything-on.ts";
import {
	type MeasuredProcess,
	measureUsage,
	ownCpuMs,
	type Usage,
} from "./measure-usage.ts";
import { compare, type Pair, takePair } from "./pairs.ts";
import { fanOutOf } from "./plan-shapes.ts";
import { percentile } from "./statistics.ts";
import { type ClosedLoop, closedLoop } from "./throughput.ts";

const IN_FLIGHT = 64;

/**
 * What a plan costs here to what it costs in bare code that does the same steps (`bench/bare/`), in pairs of turns on
 * one stack: with workers to choose from, policies, deadlines and a model; without traces. CPU is in ms, of a 10-task
 * fan-out (V1) or of a ticket of the largest one.
 */
export async function measurePrice(world: BenchWorld) {
	await turnEverythingOn(world);
	const rival = await world.openBare();
	for (const side of [world, rival])
		await closedLoop(side, IN_FLIGHT, world.scale.priceWarmUpSeconds);
	const { kneeSeconds, pricePairs, priceRestSeconds, sizes } = world.scale;
	const size = Math.max(...sizes);
	const unloaded: Pair<number[]>[] = [];
	const loaded: Pair<ClosedLoop>[] = [];
	const fanOuts: Pair<Usage>[] = [];
	for (let pair = 1; pair <= pricePairs; pair += 1) {
		const take = async <Turn>(turn: (side: BenchWorld) => Promise<Turn>) => {
			await sleep(priceRestSeconds * 1_000);
			return await takePair({ pair, world, rival }, turn);
		};
		unloaded.push(await take(msToFirstTickets));
		loaded.push(await take((side) => closedLoop(side, IN_FLIGHT, kneeSeconds)));
		fanOuts.push(await take((side) => runFanOut(side, size)));
		world.say(`price: pair ${pair} of ${pricePairs}`);
	}
	const cpuOf = (name: MeasuredProcess) =>
		compare(loaded, ({ cpuMs, plans }) => cpuMs[name] / plans);
	const measured = {
		plansPerSecond: compare(loaded, (turn) => turn.plansPerSecond),
		ownCpuMs: compare(loaded, (turn) => ownCpuMs(turn) / turn.plans),
		workerCpuMs: cpuOf("worker"),
		intakeCpuMs: cpuOf("intake"),
		temporalCpuMs: cpuOf("temporal"),
		kafkaCpuMs: cpuOf("kafka"),
		mongodbCpuMs: cpuOf("mongodb"),
		p50ToFirstTicketMs: compare(unloaded, (turn) => percentile(turn, 0.5)),
		// One turn has too few plans for a p99.
		p99ToFirstTicketMs: compare([together(unloaded)], (all) =>
			percentile(all, 0.99),
		),
		fanOutCpuMsPerTicket: compare(fanOuts, (turn) => ownCpuMs(turn) / size),
	};
	const ratioOf = (name: keyof typeof measured) => measured[name].ratio;
	return {
		measured,
		ratios: {
			price_cpu_ours: ratioOf("ownCpuMs"),
			price_cpu_temporal: ratioOf("temporalCpuMs"),
			price_plans_per_second: ratioOf("plansPerSecond"),
			price_p50: ratioOf("p50ToFirstTicketMs"),
			price_p99: ratioOf("p99ToFirstTicketMs"),
			price_cpu_fan_out: ratioOf("fanOutCpuMsPerTicket"),
		},
	};
}

async function msToFirstTickets(side: BenchWorld): Promise<number[]> {
	const { latencyIntervalMs, latencyPlans } = side.scale;
	const tracks = await driveOpenLoop(
		side,
		1_000 / latencyIntervalMs,
		latencyPlans,
	);
	return tracks.map(
		({ decidedAtMs, firstTicketAtMs }) => firstTicketAtMs - decidedAtMs,
	);
}

function runFanOut(side: BenchWorld, size: number): Promise<Usage> {
	return measureUsage(side, async () =>
		until(await side.traffic.submit(fanOutOf(size), "V1"), "completed"),
	);
}

function together<Item>(pairs: readonly Pair<Item[]>[]): Pair<Item[]> {
	return {
		ours: pairs.flatMap(({ ours }) => ours),
		theirs: pairs.flatMap(({ theirs }) => theirs),
	};
}
