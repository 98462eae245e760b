import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { withLock } from "./lock-file.ts";

export interface CacheEntry {
	name: string;
	version: string;
}

/** Answers the folder outside the tree that keeps downloads; `bootstrap.mjs` follows the same rule. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
	if (env.ORCHESTRATOR_CACHE_DIR) return env.ORCHESTRATOR_CACHE_DIR;
	const caches = env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
	return path.join(caches, "orchestrator-dynamic");
}

/**
 * Answers the folder of a cache entry, filling it first when it is missing. An entry is whole or absent:
 * it is written beside and renamed, and only one process at a time fills it.
 */
export async function cached(
	{ name, version }: CacheEntry,
	fill: (folder: string) => Promise<void>,
	signal?: AbortSignal,
): Promise<string> {
	const cache = cacheDirectory();
	const entry = path.join(cache, `${name}-${version}`);
	if (existsSync(entry)) return entry;
	await mkdir(cache, { recursive: true });
	return withLock(`${entry}.lock`, () => fillOnce(entry, fill), signal);
}

async function fillOnce(
	entry: string,
	fill: (folder: string) => Promise<void>,
): Promise<string> {
	if (existsSync(entry)) return entry;
	const partial = await mkdtemp(`${entry}.partial-`);
	try {
		await fill(partial);
		await rename(partial, entry);
		return entry;
	} finally {
		await rm(partial, { recursive: true, force: true });
	}
}
