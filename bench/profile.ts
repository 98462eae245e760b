import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchWorld } from "./bench-world.ts";
import { type CpuProfile, costliest } from "./cpu-profile.ts";
import { driveClosedLoop } from "./drive-plans.ts";
import { turnEverythingOn } from "./everything-on.ts";
import { cpuMsByThread } from "./process-usage.ts";

const FILL_MS = 4_000;
const profiledRoles = ["worker", "intake"] as const;

/** Profiles worker and intake at the knee, with everything on; shares are of the time the profiled thread was not idle. */
export async function profileService(world: BenchWorld, inFlight: number) {
	const { service, scale, say, outputDirectory } = world;
	await turnEverythingOn(world);
	const directory = path.join(outputDirectory, "profiles");
	rmSync(directory, { recursive: true, force: true });
	say("profile: worker and intake start again with --cpu-prof");
	for (const role of profiledRoles) {
		const target = path.join(directory, role);
		const nodeOptions = ["--cpu-prof", `--cpu-prof-dir=${target}`];
		await service.restart(role, { nodeOptions });
	}
	const load = driveClosedLoop(world, inFlight);
	await sleep(FILL_MS);
	const threadsBefore = profiledRoles.map((role) =>
		cpuMsByThread(service.pid(role)),
	);
	const before = load.done.length;
	const fromUs = monotonicUs();
	await sleep(scale.profileSeconds * 1_000);
	const toUs = monotonicUs();
	const plans = load.done.length - before;
	const threads = profiledRoles.map((role, index) =>
		perPlan(threadsBefore[index], cpuMsByThread(service.pid(role)), plans),
	);
	await load.stop();
	// The profile is written when the process ends.
	for (const role of profiledRoles) await service.restart(role);
	return Object.fromEntries(
		profiledRoles.map((role, index) => [
			role,
			{
				cpuMsPerPlanByThread: threads[index],
				threads: readProfiles(path.join(directory, role)).map((profile) =>
					costliest(profile, { fromUs, toUs }),
				),
			},
		]),
	);
}

/** The clock of V8's profiles. */
function monotonicUs(): number {
	return Number(process.hrtime.bigint() / 1_000n);
}

function perPlan(
	before: Map<string, number> | undefined,
	after: Map<string, number>,
	plans: number,
): Record<string, number> {
	const used = [...after].map(
		([name, ms]) => [name, (ms - (before?.get(name) ?? 0)) / plans] as const,
	);
	return Object.fromEntries(used.filter(([, ms]) => ms >= 0.05));
}

function readProfiles(directory: string): CpuProfile[] {
	return readdirSync(directory).map((file) =>
		JSON.parse(readFileSync(path.join(directory, file), "utf8")),
	);
}
