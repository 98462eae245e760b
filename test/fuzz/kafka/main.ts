import path from "node:path";
import { printFindings } from "../../chaos/print-table.ts";
import { runFault } from "../../chaos/run-fault.ts";
import { warmUp } from "../../chaos/warm-up.ts";
import { openWorld } from "../../chaos/world.ts";
import { findLoggedFaults, fuzzFault } from "./fuzz-fault.ts";

export interface KafkaFuzzOptions {
	records: number;
	seed: number;
	signal: AbortSignal;
}

const directory = path.join(
	...[import.meta.dirname, "..", "..", "..", ".stack", "fuzz-kafka"],
);
const PLANS = 60;
/** With fewer records nobody asks about memory: a few plans are enough beside them. */
const SHORT_RECORDS = 2_000;
const SHORT_PLANS = 8;
const SETTLE_TIMEOUT_MS = 900_000;

/** Starts the whole system, writes the records between good plans, judges by the evidence; answers whether all was well. */
export async function fuzzKafka({
	records,
	seed,
	signal,
}: KafkaFuzzOptions): Promise<boolean> {
	const report = (line: string) => console.error(line);
	report(`${records} records, seed ${seed}`);
	const isShort = records < SHORT_RECORDS;
	const world = await openWorld({
		directory,
		isShort,
		signal,
		report,
	});
	const stopped = Promise.withResolvers<never>();
	signal.addEventListener("abort", stopped.reject);
	const run = async () => {
		const plansPerSecond = await warmUp(world, { seed, isShort });
		return await runFault(world, fuzzFault(records, isShort), {
			plansPerSecond,
			planCount: isShort ? SHORT_PLANS : PLANS,
			seed,
			isShort: false,
			day: 0,
			settleTimeoutMs: SETTLE_TIMEOUT_MS,
		});
	};
	try {
		const { findings, plans } = await Promise.race([run(), stopped.promise]);
		const faults = findLoggedFaults(world);
		printFindings(findings, path.join(world.logDirectory, "findings.txt"));
		for (const line of faults.slice(0, 20)) console.log(line);
		const none = (...kinds: string[]) =>
			!findings.some(({ kind }) => kinds.includes(kind));
		const verdicts: [what: string, isWell: boolean][] = [
			[
				"every record came to an end that can be seen, no plan was lost",
				none("lost"),
			],
			["nothing ran twice", none("doubled", "order")],
			[
				`${plans} plans ended as they were told to`,
				none("failure", "compensation", "late"),
			],
			[
				"workflow, MongoDB, REST and the audit trail agree",
				none("disagreement", "audit"),
			],
			["no partition stands still, every process lives", none("trouble")],
			["memory came back, and was never above 1 GB", none("leak")],
			["no fault in a log", faults.length === 0],
		];
		console.log(`\n${records} records, seed ${seed}`);
		for (const [what, isWell] of verdicts)
			console.log(`${isWell ? "yes" : "NO "}  ${what}`);
		const isWell = verdicts.every(([, isWell]) => isWell);
		if (!isWell) console.log(`logs of all processes: ${world.logDirectory}`);
		return isWell;
	} finally {
		await world.close();
	}
}
