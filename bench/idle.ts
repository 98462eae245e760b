import { setTimeout as sleep } from "node:timers/promises";
import type { BenchWorld } from "./bench-world.ts";
import {
	type MeasuredProcess,
	measureUsage,
	ownCpuMs,
	type Usage,
} from "./measure-usage.ts";
import { roleNames } from "./service.ts";

/**
 * CPU with nothing to do, as a share of one core: of a process for each role, then of one process that has all of
 * them, as `ROLES` has by default.
 */
export async function measureIdle(world: BenchWorld) {
	const apart = await measureRest(world);
	const ROLES = roleNames.join(",");
	await world.service.restart("worker", { env: { ROLES } });
	const together = await measureRest(world);
	await world.service.restart("worker");
	const percentOf = (name: MeasuredProcess) =>
		percent(apart.cpuMs[name], apart);
	return {
		percentOfACore: {
			worker: percentOf("worker"),
			intake: percentOf("intake"),
			api: percentOf("api"),
			temporal: percentOf("temporal"),
		},
		figures: {
			idle_cpu_percent: percent(ownCpuMs(apart), apart),
			idle_cpu_percent_one_process: percent(together.cpuMs.worker, together),
		},
	};
}

async function measureRest(world: BenchWorld): Promise<Usage> {
	const { idleRestSeconds, idleSeconds } = world.scale;
	world.say(`idle: ${idleSeconds} s, after ${idleRestSeconds} s of rest`);
	await sleep(idleRestSeconds * 1_000);
	return await measureUsage(world, () => sleep(idleSeconds * 1_000));
}

function percent(usedMs: number, { wallMs }: Usage): number {
	return (100 * usedMs) / wallMs;
}
