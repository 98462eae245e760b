import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Service, startService } from "../../demo/service.ts";
import { createToken } from "../../src/http/access/token-record.ts";
import { startStack } from "../../stack/stack.ts";
import { readCommandLine } from "../support/read-command-line.ts";
import { collectGarbage, inspectable } from "./collect-garbage.ts";
import { fuzzKafka } from "./kafka/main.ts";
import { type FuzzOptions, readOptions, usage } from "./options.ts";
import { installSchemathesis, runSchemathesis } from "./schemathesis.ts";
import { findFaults, isFlat, readVitals, type Vitals } from "./vitals.ts";

const directory = path.join(import.meta.dirname, "..", "..", ".stack", "fuzz");
/** More rounds with other seeds tell more about memory than one long one. */
const ROUNDS = 4;
/** Requests a round makes for each case of an operation, about. */
const REQUESTS_PER_EXAMPLE = 60;
const MAX_PRINTED = 20;

const settings = {
	AUTH_MODE: "token",
	HTTP_RATE_LIMIT: "0",
	LOG_LEVEL: "info",
	MONGODB_DATABASE: `fuzz_${process.pid}`,
	KAFKA_TOPIC_PREFIX: `fuzz-${process.pid}.`,
	KAFKA_CONSUMER_GROUP_ID: `fuzz-${process.pid}`,
	TEMPORAL_TASK_QUEUE: `fuzz-${process.pid}`,
};

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.on(name, () => stop.abort());

const options = readCommandLine(readOptions, usage);
if (options !== undefined) {
	const { isKafka, records, seed } = options;
	const run = isKafka
		? fuzzKafka({ records, seed, signal: stop.signal })
		: fuzz(options);
	const isWell = await run.catch((error: unknown) => {
		console.error(stop.signal.aborted ? "stopped" : error);
		return false;
	});
	process.exit(isWell ? 0 : 1);
}

/** Starts servers and service, sends the requests, judges; answers whether all was well. */
async function fuzz(options: FuzzOptions): Promise<boolean> {
	const { signal } = stop;
	const report = (line: string) => console.error(line);
	const folder = await installSchemathesis(signal);
	rmSync(directory, { recursive: true, force: true });
	const stack = await startStack({ directory, fresh: true, report, signal });
	try {
		const { token, file } = makeToken();
		const env = {
			...{ ...stack.env, ...settings, ...inspectable },
			API_TOKENS_FILE: file,
		};
		const service = await startService({ directory, env, signal });
		try {
			return await judge(
				service,
				await runRounds(service, { folder, token }, options),
			);
		} finally {
			await service.stop();
		}
	} finally {
		await stack.stop();
	}
}

function makeToken(): { token: string; file: string } {
	const file = path.join(directory, "tokens");
	const holder = { name: "fuzz", role: "releaser", expires_at: null } as const;
	const { token, record } = createToken(holder);
	mkdirSync(directory, { recursive: true });
	writeFileSync(file, JSON.stringify(record));
	return { token, file };
}

interface Outcome {
	isConform: boolean;
	rounds: Vitals[];
}

async function runRounds(
	{ address, logFile }: Service,
	{ folder, token }: { folder: string; token: string },
	{ requests, seed, operations }: FuzzOptions,
): Promise<Outcome> {
	const look = async () => {
		await collectGarbage(logFile);
		return await readVitals(address);
	};
	const rounds = [await look()];
	const first = rounds[0]?.requests ?? 0;
	const examples = Math.ceil(requests / ROUNDS / REQUESTS_PER_EXAMPLE);
	let isConform = true;
	// Memory is judged by what comes after the first round.
	for (let made = 0; made < requests || rounds.length < 3; ) {
		const { signal } = stop;
		const how = { address, token, examples, operations, directory, signal };
		const roundSeed = seed + rounds.length - 1;
		const isWell = await runSchemathesis(folder, { ...how, seed: roundSeed });
		isConform = isConform && isWell;
		rounds.push(await look());
		const now = (rounds.at(-1)?.requests ?? 0) - first;
		if (now === made) break;
		made = now;
	}
	return { isConform, rounds };
}

async function judge(
	{ logFile, ended }: Service,
	{ isConform, rounds }: Outcome,
): Promise<boolean> {
	const faults = findFaults(logFile);
	const made = (rounds.at(-1)?.requests ?? 0) - (rounds[0]?.requests ?? 0);
	console.log(`\n${made} requests in ${rounds.length - 1} rounds`);
	for (const [index, { residentMb, heapMb }] of rounds.entries()) {
		const when = index === 0 ? "before" : `after round ${index}`;
		console.log(`memory ${when}: ${residentMb} MB resident, ${heapMb} MB heap`);
	}
	for (const line of faults.slice(0, MAX_PRINTED)) console.log(line);
	const verdicts: [what: string, isWell: boolean][] = [
		["every answer conforms to its schema", isConform],
		["no 5xx and no unhandled rejection in the log", faults.length === 0],
		["the process lives", !ended.aborted],
		["memory is flat", isFlat(rounds)],
	];
	for (const [what, isWell] of verdicts) {
		console.log(`${isWell ? "yes" : "NO "}  ${what}`);
	}
	return verdicts.every(([, isWell]) => isWell);
}
