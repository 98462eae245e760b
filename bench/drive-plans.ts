import { setTimeout as sleep } from "node:timers/promises";
import type { BenchWorld } from "./bench-world.ts";
import { fanOutOf } from "./plan-shapes.ts";
import type { PlanTrack } from "./plan-traffic.ts";

/** A plan that takes longer has been lost. */
const PATIENCE_MS = 600_000;

/** Rejects when the plan does not get there in ten minutes: a benchmark must not hang. */
export async function until(
	track: PlanTrack,
	what: "published" | "completed",
): Promise<void> {
	const given = new AbortController();
	const late = sleep(PATIENCE_MS, undefined, { signal: given.signal }).then(
		() => {
			throw new Error(`plan ${track.planId} was never ${what}`);
		},
		() => undefined,
	);
	await Promise.race([track[what], late]);
	given.abort();
}

/** 10-task fan-outs, so many in flight at any time, until told to stop; then sees all of them through. */
export function driveClosedLoop(
	{ traffic }: BenchWorld,
	inFlight: number,
): { done: PlanTrack[]; stop(): Promise<void> } {
	const done: PlanTrack[] = [];
	let isStopped = false;
	const loop = async () => {
		while (!isStopped) {
			const track = await traffic.submit(fanOutOf(10), "V1");
			await until(track, "completed");
			done.push(track);
		}
	};
	const loops = Promise.all(Array.from({ length: inFlight }, loop));
	return {
		done,
		async stop() {
			isStopped = true;
			await loops;
		},
	};
}

/** 10-task fan-outs at a fixed rate whatever becomes of them; resolves when all have ended. */
export async function driveOpenLoop(
	{ traffic }: BenchWorld,
	plansPerSecond: number,
	count: number,
): Promise<PlanTrack[]> {
	const startMs = performance.now();
	const submitted: Promise<PlanTrack>[] = [];
	for (let index = 0; index < count; index++) {
		const dueMs = startMs + (index * 1_000) / plansPerSecond;
		const waitMs = dueMs - performance.now();
		if (waitMs > 0) await sleep(waitMs);
		submitted.push(traffic.submit(fanOutOf(10), "V1"));
	}
	const tracks = await Promise.all(submitted);
	await Promise.all(tracks.map((track) => until(track, "completed")));
	return tracks;
}

/** Decision on its topic until the last ticket is on its. */
export function msToTickets({
	decidedAtMs,
	lastTicketAtMs,
}: PlanTrack): number {
	return lastTicketAtMs - decidedAtMs;
}
