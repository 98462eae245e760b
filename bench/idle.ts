import { setTimeout as sleep } from "node:timers/promises";
import type { BenchWorld } from "./bench-world.ts";
import { measureUsage, ownCpuMs } from "./measure-usage.ts";

/** What was under way has settled by then, and V8 has collected what it left. */
const QUIET_MS = 20_000;

/** CPU of all roles with nothing to do, as a share of one core. */
export async function measureIdle(world: BenchWorld) {
	const { idleSeconds } = world.scale;
	world.say(`idle: ${idleSeconds} s`);
	await sleep(QUIET_MS);
	const usage = await measureUsage(world, () => sleep(idleSeconds * 1_000));
	const percent = (usedMs: number) => (100 * usedMs) / usage.wallMs;
	return {
		percentOfACore: {
			worker: percent(usage.cpuMs.worker),
			intake: percent(usage.cpuMs.intake),
			api: percent(usage.cpuMs.api),
			temporal: percent(usage.cpuMs.temporal),
		},
		figures: { idle_cpu_percent: percent(ownCpuMs(usage)) },
	};
}
