import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { identifyProcess, type ProcessIdentity } from "./process-identity.ts";

/** How to run a program. */
export interface Command {
	program: string;
	args: readonly string[];
	/** Default: our own environment. */
	env?: NodeJS.ProcessEnv;
}

/** A running server program, in a process group of its own. */
export interface ServerProcess {
	/** Undefined when it could not be started, or ended at once. */
	readonly identity: ProcessIdentity | undefined;
	/** Resolves when the process has ended, with a phrase that says how. */
	readonly exited: Promise<string>;
	kill(signal: NodeJS.Signals): void;
	/** Asks with SIGTERM, kills after the grace, resolves when it has ended. */
	end(graceMs: number): Promise<void>;
}

/**
 * Starts a program with its output appended to `logFile`. The group of its own keeps a terminal's
 * Ctrl-C from it: the launcher decides the order of the stop.
 */
export function spawnServer(command: Command, logFile: string): ServerProcess {
	const log = openSync(logFile, "a");
	const child = spawn(command.program, command.args, {
		detached: true,
		env: command.env ?? process.env,
		stdio: ["ignore", log, log],
	});
	closeSync(log);
	const { promise: exited, resolve } = Promise.withResolvers<string>();
	child.once("error", (error) => resolve(`not started: ${error.message}`));
	child.once("exit", (code, signal) => resolve(signal ?? `exit ${code}`));

	let ended = false;
	exited.then(() => {
		ended = true;
	});
	const kill = (signal: NodeJS.Signals) => {
		if (!ended && child.pid !== undefined) killGroup(child.pid, signal);
	};
	return {
		identity: child.pid === undefined ? undefined : identifyProcess(child.pid),
		exited,
		kill,
		end: (graceMs) => endProcess({ exited, kill }, graceMs),
	};
}

/** Signals a process and all it started; one that has ended meanwhile is no error. */
export function killGroup(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(-pid, signal);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
	}
}

async function endProcess(
	{ exited, kill }: Pick<ServerProcess, "exited" | "kill">,
	graceMs: number,
): Promise<void> {
	const grace = new AbortController();
	kill("SIGTERM");
	// A frozen process hears SIGTERM only once it goes on.
	kill("SIGCONT");
	const expired = sleep(graceMs, "expired", { signal: grace.signal });
	const first = await Promise.race([exited, expired]);
	if (first === "expired") kill("SIGKILL");
	else expired.catch(() => "cancelled");
	grace.abort();
	await exited;
}
