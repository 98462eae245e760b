import { loadavg } from "node:os";
import { type BenchWorld, openWorld } from "./bench-world.ts";
import { driveClosedLoop } from "./drive-plans.ts";
import { measureEndurance } from "./endurance.ts";
import { measureIdle } from "./idle.ts";
import { measureJudge } from "./judge.ts";
import { measureLatency } from "./latency.ts";
import { measureLearning } from "./learning.ts";
import { describeMachine } from "./machine.ts";
import { measureMemory } from "./memory.ts";
import { measureObservability } from "./observability.ts";
import { type PartName, readOptions } from "./options.ts";
import { comparePairs } from "./pairs.ts";
import { measurePolicy } from "./policy.ts";
import { measurePrediction } from "./prediction.ts";
import { measurePrice } from "./price.ts";
import { profileService } from "./profile.ts";
import {
	type BenchReport,
	formatSizes,
	formatTargets,
	missedMusts,
	writeReport,
} from "./report.ts";
import { scaleOf } from "./scale.ts";
import { measureScheduling } from "./scheduling.ts";
import { measureSize, type SizeRow } from "./size.ts";
import { measureThroughput } from "./throughput.ts";
import { measureUnequal } from "./unequal-workers.ts";

/** Where no run has looked for the knee. */
const USUAL_KNEE = { inFlight: 16, plansPerSecond: 16 };

/** Parts that are simulated. */
const serverless = { judge: measureJudge, prediction: measurePrediction };
type ServedPart = Exclude<PartName, keyof typeof serverless>;

const startedAtMs = Date.now();
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
// What a stopped run still had under way fails with its connections.
for (const event of ["unhandledRejection", "uncaughtException"])
	process.on(event, (error) => {
		if (stop.signal.aborted) return;
		console.error(error);
		process.exit(1);
	});

try {
	// Plans of a part that failed may be under way for ever.
	process.exit(await bench());
} catch (error) {
	console.error(stop.signal.aborted ? "stopped" : error);
	process.exit(1);
}

async function bench(): Promise<number> {
	const options = readOptions(process.argv.slice(2));
	const loadBefore = Number(loadavg()[0]?.toFixed(2));
	say(`load average before: ${loadBefore}`);
	const report: BenchReport = {
		startedAt: new Date(startedAtMs).toISOString(),
		machine: {},
		ratios: {},
		figures: {},
		parts: {},
		failures: {},
	};
	const { pairs } = options;
	const scale = scaleOf(options);
	const needServers = options.parts.filter((part) => !isServerless(part));
	if (pairs === undefined)
		for (const part of options.parts.filter(isServerless))
			await runPart(part, () => serverless[part](scale, say), report);
	if (pairs === undefined && needServers.length === 0) {
		report.machine = describeMachine([], loadBefore);
		return print(report);
	}
	const world = await openWorld({ scale, say, signal: stop.signal });
	try {
		await Promise.race([
			pairs === undefined
				? runParts(world, needServers, report)
				: comparePairs(world, pairs),
			untilStopped(),
		]);
	} finally {
		report.machine = describeMachine(world.stack.servers, loadBefore);
		await world.stop();
	}
	return pairs === undefined ? print(report) : 0;
}

function untilStopped(): Promise<never> {
	const { promise, reject } = Promise.withResolvers<never>();
	stop.signal.addEventListener("abort", () => reject(stop.signal.reason));
	return promise;
}

async function runParts(
	world: BenchWorld,
	parts: readonly ServedPart[],
	report: BenchReport,
): Promise<void> {
	await warmUp(world);
	let knee = USUAL_KNEE;
	const run: Record<ServedPart, () => Promise<Measured>> = {
		latency: () => measureLatency(world),
		async throughput() {
			const found = await measureThroughput(world);
			const { inFlight, plansPerSecond } = found.knee;
			knee = { inFlight, plansPerSecond: plansPerSecond.median };
			return found;
		},
		size: () => measureSize(world),
		policy: () => measurePolicy(say),
		scheduling: () => measureScheduling(world),
		unequal: () => measureUnequal(world),
		learning: () => measureLearning(world),
		price: () => measurePrice(world),
		observability: () => measureObservability(world),
		idle: () => measureIdle(world),
		endurance: () => measureEndurance(world, knee.plansPerSecond),
		profile: () => profileService(world, knee.inFlight),
		memory: () => measureMemory(world),
	};
	for (const part of parts) await runPart(part, run[part], report);
}

async function runPart(
	part: PartName,
	measure: () => Promise<Measured>,
	report: BenchReport,
): Promise<void> {
	try {
		const { ratios, figures, ...measured } = await measure();
		Object.assign(report.ratios, ratios);
		Object.assign(report.figures, figures);
		report.parts[part] = measured;
	} catch (error) {
		stop.signal.throwIfAborted();
		// What the other parts find out is worth having; the run has failed all the same.
		report.failures[part] = String(error);
		console.error(`${part} failed:`, error);
	}
}

function isServerless(part: PartName): part is keyof typeof serverless {
	return Object.hasOwn(serverless, part);
}

/** What a part answers: the judged values apart from the rest. */
type Measured = {
	ratios?: Record<string, number>;
	figures?: Record<string, number>;
} & object;

/** Compilers and connections have done their first work before anything is measured. */
async function warmUp(world: BenchWorld): Promise<void> {
	say(`warming up with ${world.scale.warmUpPlans} plans`);
	const load = driveClosedLoop(world, 4);
	while (load.done.length < world.scale.warmUpPlans)
		await new Promise((resolve) => setTimeout(resolve, 100));
	await load.stop();
	await world.floor.rate(4, 1);
}

function print(report: BenchReport): number {
	const { size, ...others } = report.parts as {
		size?: { rows: SizeRow[] };
	} & Record<string, unknown>;
	console.log(JSON.stringify(report.machine, undefined, "  "));
	for (const [name, part] of Object.entries(others))
		console.log(`\n${name}\n${JSON.stringify(part, rounded, "  ")}`);
	if (size)
		console.log(
			`\nsize, CPU (ms) and round trips per ticket\n${formatSizes(size.rows)}`,
		);
	console.log(`\n${formatTargets(report)}\n\nwritten: ${writeReport(report)}`);
	const missed = missedMusts(report);
	if (missed.length > 0) console.log(`musts missed: ${missed.join(", ")}`);
	const failed = Object.keys(report.failures);
	if (failed.length > 0) console.log(`parts failed: ${failed.join(", ")}`);
	return missed.length + failed.length > 0 ? 1 : 0;
}

function rounded(key: string, value: unknown): unknown {
	// Long, and for those who look into the file.
	if (key === "inclusive") return undefined;
	return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}

function say(line: string): void {
	const seconds = ((Date.now() - startedAtMs) / 1_000).toFixed(0);
	console.error(`${seconds.padStart(5)} s  ${line}`);
}
