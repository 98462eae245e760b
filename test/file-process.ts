// The process of one test file: runs it, and tells the test run of each test as it ends.
import { type EventData, run } from "node:test";
import { inspect } from "node:util";
import { testTimeoutMs } from "./time-limits.ts";

export type TestReport =
	| { kind: "begun"; title: string }
	| { kind: "passed"; title: string; durationMs: number }
	| { kind: "failed"; title: string; detail: string }
	| { kind: "skipped"; title: string; reason: string }
	/** A suite, or a test whose failing subtests have been told: a sign of life only. */
	| { kind: "group" }
	/** The answer to a message: what keeps the process, by Node's names. */
	| { kind: "open"; resources: string[] }
	| { kind: "end" };

const [file = ""] = process.argv.slice(2);
// A test run that was killed tells nobody; nothing here may outlive it.
process.once("disconnect", () => process.exit(1));
process.on("message", () =>
	report({ kind: "open", resources: process.getActiveResourcesInfo() }),
);
process.channel?.unref();

const events = run({
	files: [file],
	isolation: "none",
	timeout: testTimeoutMs(file),
});
events.on("test:dequeue", ({ name }) => report({ kind: "begun", title: name }));
events.on("test:pass", (data) => report(readPass(data)));
events.on("test:fail", (data) => report(readFailure(data)));
events.on("end", () => report({ kind: "end" }));
events.resume();

function report(what: TestReport): void {
	process.send?.(what);
}

function readPass({ name, details, skip, todo }: EventData.TestPass) {
	const skipped = skip ?? todo;
	if (skipped !== undefined) {
		const reason = typeof skipped === "string" ? skipped : "no reason given";
		return { kind: "skipped", title: name, reason } as const;
	}
	// A file without tests is reported as a test that passed.
	const isGroup = details.type === "suite" || name === file;
	if (isGroup) return { kind: "group" } as const;
	const { duration_ms: durationMs } = details;
	return { kind: "passed", title: name, durationMs } as const;
}

function readFailure({ name, line, details }: EventData.TestFail): TestReport {
	const error: Error & { failureType?: string } = details.error;
	if (error.failureType === "subtestsFailed") return { kind: "group" };
	const cause: unknown = error.cause ?? error;
	const detail =
		typeof cause === "string" ? cause : inspect(cause, { depth: 8 });
	const title = line === undefined ? name : `${name} (line ${line})`;
	return { kind: "failed", title, detail };
}
