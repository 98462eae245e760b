import { readLag } from "./bench-topics.ts";
import type { BenchWorld } from "./bench-world.ts";
import { GROUP_ID } from "./bench-world.ts";
import { driveOpenLoop, msToTickets } from "./drive-plans.ts";
import type { PlanTrack } from "./plan-traffic.ts";
import { openHandles, residentMb } from "./process-usage.ts";
import { type RoleName, roleNames } from "./service.ts";
import { quantiles } from "./statistics.ts";

interface Condition {
	residentMb: Record<RoleName, number>;
	handles: Record<RoleName, number>;
	lag: number;
}

/** Half the knee for a long time: memory, handles, lag and latency at start and end. */
export async function measureEndurance(
	world: BenchWorld,
	kneePerSecond: number,
) {
	const plansPerSecond = kneePerSecond / 2;
	const { enduranceSeconds } = world.scale;
	const count = Math.ceil(plansPerSecond * enduranceSeconds);
	world.say(
		`endurance: ${enduranceSeconds} s at ${plansPerSecond.toFixed(1)} plans/s`,
	);
	const atStart = await readCondition(world);
	const tracks = await driveOpenLoop(world, plansPerSecond, count);
	const atEnd = await readCondition(world);
	const tenth = Math.ceil(tracks.length / 10);
	return {
		seconds: enduranceSeconds,
		plansPerSecond,
		plans: tracks.length,
		start: { ...atStart, toTicketsMs: timesOf(tracks.slice(0, tenth)) },
		end: { ...atEnd, toTicketsMs: timesOf(tracks.slice(-tenth)) },
	};
}

function timesOf(tracks: readonly PlanTrack[]) {
	return quantiles(tracks.map(msToTickets));
}

async function readCondition(world: BenchWorld): Promise<Condition> {
	const { service, kafka, topics } = world;
	const each = (read: (pid: number) => number) =>
		Object.fromEntries(
			roleNames.map((role) => [role, read(service.pid(role))]),
		) as Record<RoleName, number>;
	return {
		residentMb: each(residentMb),
		handles: each(openHandles),
		lag: await readLag(kafka, {
			[topics.consensus.name]: GROUP_ID,
			[topics.results.name]: `${GROUP_ID}-results`,
		}),
	};
}
