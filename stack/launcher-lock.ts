import path from "node:path";
import { lockWithin, readLockHolder } from "./lock-file.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/** A launcher that was just told to stop, or whose npm was killed, needs seconds to stop its servers. */
const WAIT_MS = 5_000;

/** Takes the directory for one launcher and answers the release; rejects when another keeps it. */
export async function takeLauncherLock(
	directory: string,
	signal?: AbortSignal,
): Promise<() => void> {
	const lock = await lockWithin(lockFileOf(directory), WAIT_MS, signal);
	if (lock.kind === "taken") return lock.release;
	const stop = `npm run stack -- down --directory ${directory}`;
	throw new Error(
		`a stack runs already in ${directory} (pid ${lock.holder.pid}); to stop it: ${stop}`,
	);
}

/** Answers the launcher that runs a stack in this directory; undefined when none does. */
export function findLauncher(directory: string): ProcessIdentity | undefined {
	return readLockHolder(lockFileOf(directory));
}

function lockFileOf(directory: string): string {
	return path.join(directory, "launcher.lock");
}
