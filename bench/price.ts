import type { BenchWorld } from "./bench-world.ts";
import { driveOpenLoop, until } from "./drive-plans.ts";
import { turnEverythingOn } from "./everything-on.ts";
import { measureUsage, ownCpuMs } from "./measure-usage.ts";
import { fanOutOf } from "./plan-shapes.ts";
import type { PlanTrack } from "./plan-traffic.ts";
import { quantiles, round, type Spread, spreadOf } from "./statistics.ts";
import { closedLoop } from "./throughput.ts";

const IN_FLIGHT = 64;
const WARM_UP = { inFlight: 16, seconds: 5 };

const measures = [
	...(["plansPerSecond", "p50ToFirstTicketMs", "p99ToFirstTicketMs"] as const),
	...(["ownCpuMs", "workerCpuMs", "intakeCpuMs"] as const),
	...(["temporalCpuMs", "kafkaCpuMs", "mongodbCpuMs"] as const),
	"fanOutCpuMsPerTicket",
] as const;
/** CPU is of a 10-task fan-out (V1), ms. */
type Turn = Record<(typeof measures)[number], number>;

/**
 * What a plan costs here to what it costs in bare code that does the same steps (`bench/bare/`), in turns on one
 * stack: with workers to choose from, policies, deadlines and a model; without traces.
 */
export async function measurePrice(world: BenchWorld) {
	await turnEverythingOn(world);
	const bare = await world.openBare();
	const sides = [world, bare];
	for (const side of sides)
		await closedLoop(side, WARM_UP.inFlight, WARM_UP.seconds);
	const turns = new Map<BenchWorld, Turn[]>(sides.map((side) => [side, []]));
	for (let count = 1; count <= world.scale.repetitions; count += 1) {
		const inOrder = count % 2 === 1 ? sides : sides.toReversed();
		for (const side of inOrder) turns.get(side)?.push(await takeTurn(side));
		world.say(`price: turn ${count} of ${world.scale.repetitions}`);
	}
	const [ours, theirs] = sides.map((side) => turns.get(side) ?? []) as [
		Turn[],
		Turn[],
	];
	const toBare = summarise((measure) =>
		ours.map((turn, at) => turn[measure] / (theirs[at]?.[measure] ?? 0)),
	);
	return {
		ours: summarise((measure) => ours.map((turn) => turn[measure])),
		bare: summarise((measure) => theirs.map((turn) => turn[measure])),
		toBare,
		ratios: {
			price_cpu_ours: toBare.ownCpuMs.median,
			price_cpu_temporal: toBare.temporalCpuMs.median,
			price_plans_per_second: toBare.plansPerSecond.median,
			price_p50: toBare.p50ToFirstTicketMs.median,
			price_p99: toBare.p99ToFirstTicketMs.median,
			price_cpu_fan_out: toBare.fanOutCpuMsPerTicket.median,
		},
	};
}

async function takeTurn(side: BenchWorld): Promise<Turn> {
	const { scale, traffic } = side;
	const unloaded = await driveOpenLoop(
		side,
		1_000 / scale.latencyIntervalMs,
		scale.latencyPlans,
	);
	const { p50, p99 } = quantiles(unloaded.map(msToFirstTicket));
	const loaded = await closedLoop(side, IN_FLIGHT, scale.kneeSeconds);
	const perPlan = (cpuMs: number) => cpuMs / loaded.plans;
	const size = Math.max(...scale.sizes);
	const fanOut = await measureUsage(side, async () =>
		until(await traffic.submit(fanOutOf(size), "V1"), "completed"),
	);
	return {
		plansPerSecond: loaded.plansPerSecond,
		p50ToFirstTicketMs: p50,
		p99ToFirstTicketMs: p99,
		ownCpuMs: perPlan(ownCpuMs(loaded)),
		workerCpuMs: perPlan(loaded.cpuMs.worker),
		intakeCpuMs: perPlan(loaded.cpuMs.intake),
		temporalCpuMs: perPlan(loaded.cpuMs.temporal),
		kafkaCpuMs: perPlan(loaded.cpuMs.kafka),
		mongodbCpuMs: perPlan(loaded.cpuMs.mongodb),
		fanOutCpuMsPerTicket: ownCpuMs(fanOut) / size,
	};
}

function msToFirstTicket({ decidedAtMs, firstTicketAtMs }: PlanTrack): number {
	return firstTicketAtMs - decidedAtMs;
}

function summarise(
	samplesOf: (measure: (typeof measures)[number]) => number[],
): Record<(typeof measures)[number], Spread> {
	const rows = measures.map((measure) => {
		const { median, least, most } = spreadOf(samplesOf(measure));
		const rounded = {
			median: round(median),
			least: round(least),
			most: round(most),
		};
		return [measure, rounded] as const;
	});
	return Object.fromEntries(rows) as Record<(typeof measures)[number], Spread>;
}
