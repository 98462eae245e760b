import path from "node:path";
import { readCommandLine } from "../support/read-command-line.ts";
import {
	type ChaosOptions,
	listFaults,
	readOptions,
	usage,
} from "./options.ts";
import { formatTable, printFindings, toFacts } from "./print-table.ts";
import { dateOf } from "./rotation.ts";
import { type FaultReport, runFault } from "./run-fault.ts";
import { warmUp } from "./warm-up.ts";
import { openWorld } from "./world.ts";

const directory = path.join(import.meta.dirname, "..", "..", ".stack", "chaos");

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.on(signal, () => stop.abort());

const options = readCommandLine(readOptions, usage);
if (options?.isList) console.log(listFaults());
else if (options !== undefined) process.exit(await runChaos(options));

/** Runs the faults one after the other on one system; answers the exit code. */
async function runChaos(options: ChaosOptions): Promise<number> {
	const report = (line: string) => console.error(line);
	announce(options);
	const world = await openWorld({
		directory,
		isShort: options.isShort,
		signal: stop.signal,
		report,
	});
	const reports: FaultReport[] = [];
	try {
		await Promise.race([runAll(world, options, reports), stopped()]);
	} catch (error) {
		console.error(stop.signal.aborted ? "stopped" : error);
	} finally {
		await world.close();
	}
	const isWhole = reports.length === options.faults.length;
	const isWell = reports.every(({ findings }) => findings.length === 0);
	console.log(`\n${formatTable(reports)}`);
	const ok = isWhole && isWell;
	if (!ok) console.log(`\nlogs of all processes: ${world.logDirectory}`);
	if (options.isJson)
		console.log(JSON.stringify({ ok, faults: reports.map(toFacts) }));
	return ok ? 0 : 1;
}

async function runAll(
	world: Awaited<ReturnType<typeof openWorld>>,
	{ faults, plansPerFault, seed, isShort, day }: ChaosOptions,
	reports: FaultReport[],
): Promise<void> {
	const plansPerSecond = await warmUp(world, { seed, isShort });
	for (const fault of faults) {
		const startedAtMs = Date.now();
		const name = `fault ${fault.number} (${fault.name})`;
		console.error(`${name}: ${fault.title}`);
		const one = await runFault(world, fault, {
			planCount: plansPerFault,
			plansPerSecond,
			seed,
			isShort,
			day,
		});
		reports.push(one);
		const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
		console.error(
			`${name}: ${one.findings.length} findings, ${one.plans} plans, ${seconds} s`,
		);
		printFindings(
			one.findings,
			path.join(world.logDirectory, `findings-${fault.name}.txt`),
		);
	}
}

/** Says what the date has chosen, so that a run can be had again. */
function announce({ faults, day, periodDays, seed }: ChaosOptions): void {
	const names = faults.map(({ name }) => name).join(", ");
	const turn =
		periodDays === undefined
			? ""
			: `, of a rotation of ${periodDays} days (--all runs all)`;
	console.error(`faults of ${dateOf(day)}, seed ${seed}: ${names}${turn}`);
}

function stopped(): Promise<never> {
	const { promise, reject } = Promise.withResolvers<never>();
	stop.signal.addEventListener("abort", () => reject(new Error("stopped")));
	return promise;
}
