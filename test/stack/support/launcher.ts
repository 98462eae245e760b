import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, type TestContext } from "node:test";
import { endOrphans } from "../../../stack/end-orphans.ts";
import { findLauncher } from "../../../stack/launcher-lock.ts";
import { readRecord } from "../../../stack/stack-record.ts";

const MAIN = path.join(import.meta.dirname, "../../../stack/main.ts");

const directories: string[] = [];
// After all tests: hooks of a test run in their order, and its servers must have been stopped before.
after(async () => {
	for (const directory of directories) {
		await endOrphans(readRecord(directory).processes);
		rmSync(directory, { recursive: true, force: true });
	}
});

/** Answers a folder that is gone after the tests, with every server that a killed launcher left in it. */
export function makeDirectory(): string {
	const directory = mkdtempSync(path.join(tmpdir(), "stack-test-"));
	directories.push(directory);
	return directory;
}

/** Answers an environment without the addresses of the test run's own stack. */
export function withoutAddresses(): NodeJS.ProcessEnv {
	const { REDIS_CLUSTER_NODES: _, ...env } = process.env;
	return env;
}

/** Starts `npm run stack` with Redis only, as a process of its own; resolves once it is ready. */
export async function launchRedis(
	t: TestContext,
	directory: string,
): Promise<ChildProcess> {
	const args = [MAIN, "--only", "redis", "--directory", directory];
	const launcher = spawn(process.execPath, args, {
		env: withoutAddresses(),
		stdio: ["ignore", "pipe", "inherit"],
	});
	const exit = once(launcher, "exit");
	t.after(() => launcher.kill("SIGTERM") && exit);
	const ended = exit.then(([code]) => {
		throw new Error(`the launcher ended (exit ${code})`);
	});
	await Promise.race([once(launcher.stdout, "data"), ended]);
	ended.catch(() => "expected later");
	return launcher;
}

/** Runs a command of the launcher to its end; answers what it printed and its exit code. */
export async function runCommand(
	directory: string,
	...words: string[]
): Promise<{ output: string; code: number }> {
	const args = [MAIN, ...words, "--directory", directory];
	const child = spawn(process.execPath, args, {
		env: withoutAddresses(),
		stdio: ["ignore", "pipe", "pipe"],
	});
	const chunks: Buffer[] = [];
	child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
	child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
	const [code] = await once(child, "close");
	return { output: Buffer.concat(chunks).toString(), code };
}

/** Answers the process of the directory's Redis, as it stands on record. */
export function redisProcess(directory: string) {
	const identity = readRecord(directory).processes.redis;
	if (identity === undefined) throw new Error("no redis on record");
	return identity;
}

/** Whether a launcher holds this directory. */
export function isHeld(directory: string): boolean {
	return findLauncher(directory) !== undefined;
}
