import { endOrphans } from "../end-orphans.ts";
import { findLauncher, takeLauncherLock } from "../launcher-lock.ts";
import { isAlive } from "../process-identity.ts";
import { readRecord } from "../stack-record.ts";
import { waitUntil } from "../wait-until.ts";
import type { CommandOptions } from "./command-options.ts";

/** Longer than all graces of the servers together. */
const STOP_TIMEOUT_MS = 60_000;

/** Resolves once nothing of the stack runs, whether its launcher lives or was killed. */
export async function down({
	directory,
}: Pick<CommandOptions, "directory">): Promise<void> {
	const launcher = findLauncher(directory);
	if (launcher !== undefined) {
		process.kill(launcher.pid, "SIGTERM");
		const what = `end of the launcher, pid ${launcher.pid}`;
		await waitUntil(() => !isAlive(launcher), {
			timeoutMs: STOP_TIMEOUT_MS,
			what,
		});
	}
	const release = await takeLauncherLock(directory);
	const { processes } = readRecord(directory);
	await endOrphans(processes, (line) => console.error(line)).finally(release);
	console.log(launcher ? "stopped" : "no stack was running");
}
