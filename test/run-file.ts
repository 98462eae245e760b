import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestReport } from "./file-process.ts";
import { silenceTimeoutMs } from "./time-limits.ts";

const FILE_PROCESS = path.join(import.meta.dirname, "file-process.ts");
/** A Temporal worker takes SIGTERM as a request; one whose server has gone never fulfils it. */
const KILL_AFTER_MS = 5_000;
const LAST_WORDS_MS = 2_000;

/** What a file is at, for the one who must find out why it does not end. */
interface Doing {
	test?: string;
	open?: string[];
	isSilent?: boolean;
}

export interface FileOutcome {
	file: string;
	passedCount: number;
	failures: { title: string; detail: string }[];
	skips: { title: string; reason: string }[];
	/** What the tests printed. */
	output: string;
	durationMs: number;
}

/** Told at once. */
export interface LiveOutcome {
	onReport(report: TestReport): void;
	onOutput(chunk: Buffer): void;
}

/** Runs one test file in a process of its own, gone when this resolves; a file that never ends is a failure. */
export async function runFile(
	file: string,
	stop: AbortSignal,
	live?: LiveOutcome,
): Promise<FileOutcome> {
	const startedAtMs = Date.now();
	const outcome = emptyOutcome(file);
	const child = spawn(process.execPath, [FILE_PROCESS, path.resolve(file)], {
		// A group of its own, so that what the tests started can be ended with it.
		detached: true,
		stdio: ["ignore", "pipe", "pipe", "ipc"],
	});
	const doing: Doing = {};
	if (live !== undefined) {
		child.on("message", live.onReport);
		for (const stream of [child.stdout, child.stderr])
			stream?.on("data", live.onOutput);
	}
	const hasEnded = await untilExit(child, outcome, doing, stop);
	if (!hasEnded) outcome.failures.push(endOf(file, child, doing));
	else if (countOf(outcome) === 0) outcome.failures.push(noTest);
	return { ...outcome, durationMs: Date.now() - startedAtMs };
}

/** Answers whether the file told that it ran to its end. */
async function untilExit(
	child: ChildProcess,
	outcome: FileOutcome,
	doing: Doing,
	stop: AbortSignal,
): Promise<boolean> {
	let hasEnded = false;
	const end = () => endGroup(child);
	const watchdog = setTimeout(() => {
		doing.isSilent = true;
		askAndEnd(child);
	}, silenceTimeoutMs(outcome.file));
	stop.addEventListener("abort", end);
	child.on("message", (message: TestReport) => {
		if (message.kind === "open") doing.open = message.resources;
		else watchdog.refresh();
		if (message.kind === "begun") doing.test = message.title;
		hasEnded ||= message.kind === "end";
		record(message, outcome);
	});
	for (const stream of [child.stdout, child.stderr]) {
		stream?.on("data", (chunk: Buffer) => {
			outcome.output += chunk.toString();
		});
	}
	const closed = once(child, "close");
	await once(child, "exit");
	signalGroup(child, "SIGKILL");
	// What it had said last; a stranger that left the group may hold its output open.
	await Promise.race([closed, sleep(LAST_WORDS_MS)]);
	clearTimeout(watchdog);
	stop.removeEventListener("abort", end);
	return hasEnded;
}

function askAndEnd(child: ChildProcess): void {
	if (child.connected) child.send("what is open?");
	const end = setTimeout(() => endGroup(child), LAST_WORDS_MS);
	child.once("exit", () => clearTimeout(end));
}

function endGroup(child: ChildProcess): void {
	signalGroup(child, "SIGTERM");
	const kill = setTimeout(() => signalGroup(child, "SIGKILL"), KILL_AFTER_MS);
	child.once("exit", () => clearTimeout(kill));
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
	try {
		if (pid !== undefined) process.kill(-pid, signal);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}

function record(report: TestReport, outcome: FileOutcome): void {
	if (report.kind === "passed") outcome.passedCount += 1;
	if (report.kind === "failed") outcome.failures.push(report);
	if (report.kind === "skipped") outcome.skips.push(report);
}

function endOf(
	file: string,
	{ exitCode, signalCode }: ChildProcess,
	{ test = "the file's start", open, isSilent }: Doing,
) {
	const how = signalCode ?? `exit ${exitCode}`;
	const silent = `it was silent for ${silenceTimeoutMs(file) / 1000} s: a hook waits for something that does not end`;
	const why = isSilent ? silent : "it ended itself";
	const held = open === undefined ? "it did not say" : countEach(open);
	return {
		title: `the file's process ended before its tests (${how})`,
		detail: `${why}\nlast begun: ${test}\nopen: ${held}`,
	};
}

function countEach(names: string[]): string {
	return Object.entries(Object.groupBy(names, (name) => name))
		.map(([name, same]) => `${same?.length} ${name}`)
		.join(", ");
}

const noTest = { title: "the file has no test", detail: "it ran to its end" };

function countOf({ passedCount, failures, skips }: FileOutcome): number {
	return passedCount + failures.length + skips.length;
}

function emptyOutcome(file: string): FileOutcome {
	return {
		file,
		passedCount: 0,
		failures: [],
		skips: [],
		output: "",
		durationMs: 0,
	};
}
