import { once } from "node:events";
import { type EventData, run } from "node:test";
import { inspect } from "node:util";

const TEST_TIMEOUT_MS = 120_000;
/** No test may be silent for longer: what runs on then is something that a test forgot to close. */
const SILENCE_TIMEOUT_MS = TEST_TIMEOUT_MS + 30_000;

export interface Failure {
	title: string;
	detail: string;
}

export interface Skip {
	title: string;
	reason: string;
}

export interface FileOutcome {
	file: string;
	passedCount: number;
	failures: Failure[];
	skips: Skip[];
	/** What the tests printed. */
	output: string;
	durationMs: number;
}

/** Runs one test file in a process of its own; resolves also when it fails, never ends or is stopped. */
export async function runFile(
	file: string,
	stop: AbortSignal,
): Promise<FileOutcome> {
	const startedAtMs = Date.now();
	const outcome = emptyOutcome(file);
	const silence = new AbortController();
	const watchdog = setTimeout(() => silence.abort(), SILENCE_TIMEOUT_MS);
	const stream = run({
		files: [file],
		timeout: TEST_TIMEOUT_MS,
		signal: AbortSignal.any([stop, silence.signal]),
	});
	const addOutput = (data: { message: string }) => {
		outcome.output += data.message;
	};
	stream.on("data", () => watchdog.refresh());
	stream.on("test:stdout", addOutput);
	stream.on("test:stderr", addOutput);
	stream.on("test:pass", (data) => recordPass(outcome, data));
	stream.on("test:fail", (data) => recordFailure(outcome, data));
	await once(stream, "end");
	clearTimeout(watchdog);
	if (silence.signal.aborted) outcome.failures.push(neverEnds);
	if (isEmpty(outcome)) outcome.failures.push(noTest);
	return { ...outcome, durationMs: Date.now() - startedAtMs };
}

const neverEnds: Failure = {
	title: "the file does not end",
	detail: "its tests are done or silent, but something keeps its process alive",
};

const noTest: Failure = {
	title: "the file has no test",
	detail: "it ran to its end without any",
};

function isEmpty({ passedCount, failures, skips }: FileOutcome): boolean {
	return passedCount + failures.length + skips.length === 0;
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

function recordPass(outcome: FileOutcome, data: EventData.TestPass): void {
	const skipped = data.skip ?? data.todo;
	if (skipped !== undefined) {
		const reason = typeof skipped === "string" ? skipped : "no reason given";
		outcome.skips.push({ title: data.name, reason });
	} else if (data.details.type !== "suite") {
		outcome.passedCount += 1;
	}
}

function recordFailure(outcome: FileOutcome, data: EventData.TestFail): void {
	const { error } = data.details;
	const cause: unknown = error.cause ?? error;
	// The subtest that failed is reported itself, and so is the reason for an abort.
	const kinds = [failureTypeOf(error), failureTypeOf(cause)];
	if (kinds.includes("subtestsFailed") || kinds.includes("testAborted")) return;
	outcome.failures.push({
		title: data.line ? `${data.name} (line ${data.line})` : data.name,
		detail: typeof cause === "string" ? cause : inspect(cause, { depth: 8 }),
	});
}

function failureTypeOf(error: unknown): unknown {
	return error instanceof Error && "failureType" in error
		? error.failureType
		: undefined;
}
