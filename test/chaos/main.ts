import path from "node:path";
import { readCommandLine } from "../support/read-command-line.ts";
import type { Finding } from "./books.ts";
import { faultTable } from "./fault-table.ts";
import { type ChaosOptions, readOptions, usage } from "./options.ts";
import { formatTable, toFacts } from "./print-table.ts";
import { type FaultReport, runFault } from "./run-fault.ts";
import { warmUp } from "./warm-up.ts";
import { openWorld } from "./world.ts";

const directory = path.join(import.meta.dirname, "..", "..", ".stack", "chaos");
const MAX_PRINTED = 25;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.on(signal, () => stop.abort());

const options = readCommandLine(readOptions, usage);
if (options !== undefined) process.exit(await runChaos(options));

/** Runs the faults one after the other on one system; answers the exit code. */
async function runChaos(options: ChaosOptions): Promise<number> {
	const report = (line: string) => console.error(line);
	const world = await openWorld({
		directory,
		namedAgents: options.isShort,
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
	{ faults, plansPerFault, seed, isShort }: ChaosOptions,
	reports: FaultReport[],
): Promise<void> {
	await warmUp(world, { seed, isShort });
	for (const fault of faultTable) {
		if (!faults.includes(fault.number)) continue;
		const startedAtMs = Date.now();
		console.error(`fault ${fault.number}: ${fault.title}`);
		const one = await runFault(world, fault, {
			planCount: plansPerFault,
			seed,
			isShort,
		});
		reports.push(one);
		const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
		console.error(
			`fault ${fault.number}: ${one.findings.length} findings, ${one.plans} plans, ${seconds} s`,
		);
		printFindings(one.findings);
	}
}

function printFindings(findings: readonly Finding[]): void {
	for (const { kind, subject, what } of findings.slice(0, MAX_PRINTED))
		console.error(`  ${kind}: ${subject}: ${what}`);
	const more = findings.length - MAX_PRINTED;
	if (more > 0) console.error(`  and ${more} more`);
}

function stopped(): Promise<never> {
	const { promise, reject } = Promise.withResolvers<never>();
	stop.signal.addEventListener("abort", () => reject(new Error("stopped")));
	return promise;
}
