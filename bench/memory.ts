import { setTimeout as sleep } from "node:timers/promises";
import type { BenchWorld } from "./bench-world.ts";
import { until } from "./drive-plans.ts";
import { fanOutOf } from "./plan-shapes.ts";
import { residentMb } from "./process-usage.ts";
import { roleNames } from "./service.ts";

interface MemoryRow {
	waitingPlans: number;
	residentMb: Record<string, number>;
}

/** Decisions on their way at once: enough to be quick, few enough for every plan to be seen. */
const STARTS_AT_ONCE = 32;
const SMALL_CACHE = 20;

/** Resident set while 10-task plans wait for results; again with a small workflow cache, and after a restart. */
export async function measureMemory(world: BenchWorld) {
	const { scale, service, traffic, say } = world;
	await service.restart("worker");
	await service.restart("intake");
	await warmUp(world);
	traffic.answer(false);
	say("memory: usual workflow cache");
	const usual = await fill(world, scale.waitingPlans);
	await service.restart("worker");
	const afterRestart = await readRow(world, usual.at(-1)?.waitingPlans ?? 0);
	say(`memory: workflow cache of ${SMALL_CACHE}`);
	const cache = { WORKER_MAX_CACHED_WORKFLOWS: String(SMALL_CACHE) };
	await service.restart("worker", { env: cache });
	const small = await fill(world, scale.waitingPlansSmallCache);
	return {
		usual,
		smallCache: small,
		afterRestart,
		figures: { mb_per_waiting_plan: mbPerPlan(usual) },
	};
}

/** Code that runs for the first time makes a process grow; that is no plan's memory. */
async function warmUp({ scale, traffic }: BenchWorld): Promise<void> {
	for (let plan = 0; plan < scale.warmUpPlans; plan++)
		await until(await traffic.submit(fanOutOf(10), "V1"), "completed");
}

async function fill(
	world: BenchWorld,
	steps: readonly number[],
): Promise<MemoryRow[]> {
	const rows = [await readRow(world, 0)];
	let waiting = 0;
	for (const step of steps) {
		for (; waiting < step; ) {
			const count = Math.min(STARTS_AT_ONCE, step - waiting);
			await startPlans(world, count);
			waiting += count;
		}
		rows.push(await readRow(world, waiting));
	}
	return rows;
}

async function startPlans({ traffic }: BenchWorld, count: number) {
	const tracks = await Promise.all(
		Array.from({ length: count }, () => traffic.submit(fanOutOf(10), "V1")),
	);
	await Promise.all(tracks.map((track) => until(track, "published")));
}

async function readRow(
	{ service, scale, say }: BenchWorld,
	waitingPlans: number,
): Promise<MemoryRow> {
	await sleep(scale.settleSeconds * 1_000);
	const row = {
		waitingPlans,
		residentMb: Object.fromEntries(
			roleNames.map((role) => [
				role,
				Math.round(residentMb(service.pid(role))),
			]),
		),
	};
	say(
		`memory: ${waitingPlans} plans wait, worker ${row.residentMb.worker} MB, intake ${row.residentMb.intake} MB`,
	);
	return row;
}

/** Growth of all roles from nothing to the most plans that the workflow cache holds, a plan. */
function mbPerPlan(rows: readonly MemoryRow[]): number {
	const cached = rows.filter(({ waitingPlans }) => waitingPlans <= 1_000);
	const sum = (row: MemoryRow | undefined) =>
		Object.values(row?.residentMb ?? {}).reduce((total, mb) => total + mb, 0);
	const last = cached.at(-1);
	return (sum(last) - sum(rows[0])) / (last?.waitingPlans ?? 1);
}
