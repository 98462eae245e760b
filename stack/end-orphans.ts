import { isAlive, type ProcessIdentity } from "./process-identity.ts";
import { killGroup } from "./server-process.ts";
import { waitUntil } from "./wait-until.ts";

const GRACE_MS = 5_000;

/** Ends servers that a killed launcher left behind, and nothing else: a pid given to another process is left alone. */
export async function endOrphans(
	processes: Readonly<Record<string, ProcessIdentity>>,
	report: (line: string) => void = () => {},
): Promise<void> {
	const orphans = Object.entries(processes).filter(([, identity]) =>
		isAlive(identity),
	);
	await Promise.all(
		orphans.map(async ([name, identity]) => {
			report(`${name}: ending pid ${identity.pid}, left by an earlier run`);
			await endOrphan(identity);
		}),
	);
}

async function endOrphan(identity: ProcessIdentity): Promise<void> {
	const what = `end of pid ${identity.pid}`;
	const hasEnded = () => !isAlive(identity);
	killGroup(identity.pid, "SIGTERM");
	await waitUntil(hasEnded, { timeoutMs: GRACE_MS, what }).catch(() => {
		killGroup(identity.pid, "SIGKILL");
		return waitUntil(hasEnded, { timeoutMs: GRACE_MS, what });
	});
}
