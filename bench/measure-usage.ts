import type { BenchWorld } from "./bench-world.ts";
import { cpuMs } from "./process-usage.ts";
import { countsSince, type RequestCounts } from "./request-names.ts";
import { roleNames } from "./service.ts";

const serverNames = ["temporal", "kafka", "mongodb", "redis"] as const;
export type MeasuredProcess =
	| (typeof roleNames)[number]
	| (typeof serverNames)[number];

/** What was used while some work was done. */
export interface Usage {
	wallMs: number;
	cpuMs: Record<MeasuredProcess, number>;
	requests: RequestCounts;
}

/** Runs the work and answers what every process used meanwhile; agents and load are not ours and not counted. */
export async function measureUsage(
	world: BenchWorld,
	work: () => Promise<unknown>,
): Promise<Usage> {
	const before = readCpu(world);
	const counts = await world.service.requestCounts();
	const startMs = performance.now();
	await work();
	const wallMs = performance.now() - startMs;
	const after = readCpu(world);
	const used = Object.keys(after).map((name) => {
		const process = name as MeasuredProcess;
		return [process, after[process] - before[process]] as const;
	});
	return {
		wallMs,
		cpuMs: Object.fromEntries(used) as Usage["cpuMs"],
		requests: countsSince(counts, await world.service.requestCounts()),
	};
}

/** Of worker, intake and api together. */
export function ownCpuMs({ cpuMs: used }: Usage): number {
	return roleNames.reduce((sum, role) => sum + used[role], 0);
}

function readCpu({ service, serverPid }: BenchWorld): Usage["cpuMs"] {
	return Object.fromEntries([
		...roleNames.map((role) => [
			role,
			service.roles.includes(role) ? cpuMs(service.pid(role)) : 0,
		]),
		...serverNames.map((name) => [name, cpuMs(serverPid(name))]),
	]);
}
