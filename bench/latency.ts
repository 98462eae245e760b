import type { BenchWorld } from "./bench-world.ts";
import { driveOpenLoop, msToTickets } from "./drive-plans.ts";
import { readLatencyParts } from "./latency-parts.ts";
import type { PlanTrack } from "./plan-traffic.ts";
import { percentile, quantiles, spreadOf } from "./statistics.ts";

/** Unloaded, open loop: a decision on Kafka until the last ticket of its 10-task fan-out (V1) is on Kafka. */
export async function measureLatency(world: BenchWorld) {
	const { scale, floor, say } = world;
	const floors: number[][] = [];
	const plans: PlanTrack[][] = [];
	for (let turn = 1; turn <= scale.repetitions; turn++) {
		say(`latency: repetition ${turn} of ${scale.repetitions}`);
		floors.push(await floor.oneAtATime(scale.floorSamples));
		const perSecond = 1_000 / scale.latencyIntervalMs;
		plans.push(await driveOpenLoop(world, perSecond, scale.latencyPlans));
	}
	const times = plans.map((tracks) => tracks.map(msToTickets));
	const all = {
		floor: quantiles(floors.flat()),
		plan: quantiles(times.flat()),
	};
	return {
		floorMs: all.floor,
		planMs: all.plan,
		floorP50Ms: spreadOf(floors.map((one) => percentile(one, 0.5))),
		planP50Ms: spreadOf(times.map((one) => percentile(one, 0.5))),
		partsMs: await readLatencyParts(world, plans.flat()),
		ratios: {
			latency_p50_to_floor: all.plan.p50 / all.floor.p50,
			latency_p99_to_floor: all.plan.p99 / all.floor.p99,
		},
	};
}
