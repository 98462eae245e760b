import { globSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { formatServers } from "../stack/format-table.ts";
import { findLauncher } from "../stack/launcher-lock.ts";
import { buildTools } from "../stack/ops-tools.ts";
import { startStack } from "../stack/stack.ts";
import { printFile, printLive, printSummary } from "./print-outcomes.ts";
import { type FileOutcome, runFile } from "./run-file.ts";
import { isSlow } from "./time-limits.ts";

/** As many as the smallest machine has cores: the servers need their share. */
const FILES_AT_ONCE = 2;
const root = path.join(import.meta.dirname, "..");
const usualDirectory = path.join(root, ".stack", "test");
const { values: options, positionals: places } = parseArgs({
	options: {
		/** The checks of operations (`test/ops`) in place of the tests. */
		ops: { type: "boolean", default: false },
		/** Without the checks that build something. */
		quick: { type: "boolean", default: false },
		/** One file after the other, each test printed as it ends. */
		live: { type: "boolean", default: false },
	},
	allowPositionals: true,
});

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
	process.on(signal, () => stop.abort());
}
try {
	const isWell = await testAll(findFiles(places));
	process.exitCode = isWell ? 0 : 1;
} catch (error) {
	console.error(stop.signal.aborted ? "stopped" : error);
	process.exitCode = 1;
}

/** Answers the files named by paths of files and folders; all tests, or all checks, when none is named. */
function findFiles(named: readonly string[]): string[] {
	const folder = path.join(root, "test", ...(options.ops ? ["ops"] : []));
	const files = (named.length > 0 ? named : [folder])
		.flatMap((place) =>
			statSync(place).isDirectory()
				? globSync(
						path.join(place, "**", options.ops ? "*.ops.ts" : "*.test.ts"),
					).sort()
				: [place],
		)
		.map((file) => path.relative(process.cwd(), file));
	const left = options.quick ? files.filter(isSlow) : [];
	for (const file of left) console.log(`not with --quick: ${file}`);
	return files.filter((file) => !left.includes(file));
}

/** The summary comes after the stop of the servers, so that it stands last. */
async function testAll(files: readonly string[]): Promise<boolean> {
	if (options.ops && !options.quick && places.length === 0)
		await buildTools((line) => console.error(line), stop.signal);
	const directory = chooseDirectory();
	const stack = await startStack({
		directory,
		fresh: true,
		report: (line) => console.error(line),
		signal: stop.signal,
	});
	try {
		console.log(`${formatServers(stack.servers)}\n`);
		Object.assign(process.env, stack.env);
		return printSummary(await runAll(files).finally(stack.stop));
	} finally {
		if (directory !== usualDirectory) rmSync(directory, { recursive: true });
	}
}

/** A second run at the same time gets servers of its own. */
function chooseDirectory(): string {
	const isTaken = findLauncher(usualDirectory) !== undefined;
	return isTaken ? `${usualDirectory}-${process.pid}` : usualDirectory;
}

async function runAll(files: readonly string[]): Promise<FileOutcome[]> {
	const outcomes: FileOutcome[] = [];
	const waiting = files.values();
	const workOff = async () => {
		for (const file of waiting) {
			const live = options.live ? printLive : undefined;
			const outcome = await runFile(file, stop.signal, live);
			if (stop.signal.aborted) return;
			outcomes.push(outcome);
			printFile(outcome);
		}
	};
	const length = options.live ? 1 : FILES_AT_ONCE;
	await Promise.all(Array.from({ length }, workOff));
	stop.signal.throwIfAborted();
	return outcomes;
}
