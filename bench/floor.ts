import { randomUUID } from "node:crypto";
import path from "node:path";
import type { Client } from "@temporalio/client";
import { startChild, stopChild } from "./child.ts";

export const FLOOR_TASK_QUEUE = "bench-floor";
const STOP_TIMEOUT_MS = 10_000;

/** An empty workflow with one activity that publishes one message: what the engine itself costs here and now. */
export interface Floor {
	readonly pid: number;
	/** Times of workflows one after the other, start to result, ms. */
	oneAtATime(count: number): Promise<number[]>;
	/** Workflows a second with so many in flight. */
	rate(inFlight: number, seconds: number): Promise<number>;
	stop(): Promise<void>;
}

/** Starts the floor's worker; resolves when it can work. */
export async function startFloor(
	client: Client,
	env: Readonly<Record<string, string>>,
): Promise<Floor> {
	const file = path.join(import.meta.dirname, "floor-worker.ts");
	const child = await startChild(file, "the floor's worker", env);
	const execute = () =>
		client.workflow.execute("floor", {
			taskQueue: FLOOR_TASK_QUEUE,
			workflowId: `bench-floor-${randomUUID()}`,
		});
	return {
		pid: child.pid as number,
		async oneAtATime(count) {
			const timesMs: number[] = [];
			for (let index = 0; index < count; index++) {
				const startMs = performance.now();
				await execute();
				timesMs.push(performance.now() - startMs);
			}
			return timesMs;
		},
		async rate(inFlight, seconds) {
			return await floorRate(execute, inFlight, seconds);
		},
		stop: () => stopChild(child, STOP_TIMEOUT_MS),
	};
}

/** The first second fills the pipe and is not counted, nor is what ends after the time. */
async function floorRate(
	execute: () => Promise<unknown>,
	inFlight: number,
	seconds: number,
): Promise<number> {
	const fromMs = performance.now() + 1_000;
	const untilMs = fromMs + seconds * 1_000;
	let done = 0;
	const loop = async () => {
		while (performance.now() < untilMs) {
			await execute();
			const nowMs = performance.now();
			if (nowMs >= fromMs && nowMs < untilMs) done += 1;
		}
	};
	await Promise.all(Array.from({ length: inFlight }, loop));
	return done / seconds;
}
