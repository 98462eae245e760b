import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Starts the file as a process of its own; resolves when it says that it can work. `what`: for the error. */
export async function startChild(
	file: string,
	what: string,
	env: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
	const child = spawn(process.execPath, [file], {
		stdio: ["ignore", "ignore", "inherit", "ipc"],
		env: { ...process.env, ...env },
	});
	await Promise.race([
		once(child, "message"),
		once(child, "exit").then(() => {
			throw new Error(`${what} ended at its start`);
		}),
	]);
	return child;
}

/** Asks the process to end and resolves when it has; one that takes longer is killed. */
export async function stopChild(
	child: ChildProcess,
	timeoutMs: number,
): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, "exit");
	child.kill("SIGTERM");
	const hurry = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
	await exited;
	clearTimeout(hurry);
}
