import { runCli } from "./run-cli.ts";

/** Time a command has to leave the screen tidy after Ctrl-C. */
const LEAVE_WITHIN_MS = 2_000;
const INTERRUPTED = 130;

const { env, stdin, stdout, stderr } = process;
const interrupt = new AbortController();
let signals = 0;

function stop(): void {
	signals += 1;
	if (signals > 1) process.exit(INTERRUPTED);
	interrupt.abort();
	setTimeout(() => process.exit(INTERRUPTED), LEAVE_WITHIN_MS).unref();
}

process.on("SIGINT", stop);
process.on("SIGTERM", stop);
// `orchestrator … | head` closes our output early: there is no reader for an error.
for (const stream of [stdout, stderr])
	stream.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code !== "EPIPE") throw error;
		process.exit(0);
	});

process.exitCode = await runCli(process.argv.slice(2), {
	env,
	stdin,
	stdout,
	stderr,
	signal: interrupt.signal,
	letGo() {
		process.off("SIGINT", stop);
		process.off("SIGTERM", stop);
	},
});
