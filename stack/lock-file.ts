import {
	linkSync,
	mkdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
	identifyProcess,
	isAlive,
	type ProcessIdentity,
} from "./process-identity.ts";

const RETRY_INTERVAL_MS = 100;

export type LockAttempt =
	| { kind: "taken"; release: () => void }
	| { kind: "held"; holder: ProcessIdentity };

/** Takes a lock that ends with its holder: one whose process died is taken over. */
export function tryLock(file: string): LockAttempt {
	mkdirSync(path.dirname(file), { recursive: true });
	const own = JSON.stringify(identifyProcess(process.pid));
	while (!createWhole(file, own)) {
		const found = readText(file);
		if (found === undefined) continue;
		const holder = JSON.parse(found) as ProcessIdentity;
		if (isAlive(holder)) return { kind: "held", holder };
		removeStale(file, found);
	}
	return { kind: "taken", release: () => rmSync(file, { force: true }) };
}

/** Answers the living holder of a lock; undefined when nobody holds it. */
export function readLockHolder(file: string): ProcessIdentity | undefined {
	const found = readText(file);
	if (found === undefined) return undefined;
	const holder = JSON.parse(found) as ProcessIdentity;
	return isAlive(holder) ? holder : undefined;
}

/** Takes a lock as soon as it is free, or answers who still holds it after `waitMs`. */
export async function lockWithin(
	file: string,
	waitMs: number,
	signal?: AbortSignal,
): Promise<LockAttempt> {
	const endsAtMs = Date.now() + waitMs;
	let attempt = tryLock(file);
	while (attempt.kind === "held" && Date.now() < endsAtMs) {
		await sleep(RETRY_INTERVAL_MS, undefined, { signal });
		attempt = tryLock(file);
	}
	return attempt;
}

/** Runs `work` while no other process holds the lock; waits for it as long as it takes. */
export async function withLock<T>(
	file: string,
	work: () => Promise<T>,
	signal?: AbortSignal,
): Promise<T> {
	const lock = await lockWithin(file, Number.POSITIVE_INFINITY, signal);
	if (lock.kind === "held") throw new Error(`${file} is held`);
	try {
		return await work();
	} finally {
		lock.release();
	}
}

/** Links a finished file into place, so that nobody ever reads a half-written holder. */
function createWhole(file: string, content: string): boolean {
	const draft = `${file}.${process.pid}.${crypto.randomUUID()}`;
	writeFileSync(draft, content);
	try {
		linkSync(draft, file);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
		throw error;
	} finally {
		rmSync(draft, { force: true });
	}
}

/** Removes the lock with this content; puts it back if another process took it over meanwhile. */
function removeStale(file: string, content: string): void {
	const aside = `${file}.${process.pid}.${crypto.randomUUID()}`;
	try {
		renameSync(file, aside);
	} catch {
		return;
	}
	const removed = readText(aside);
	if (removed !== undefined && removed !== content) createWhole(file, removed);
	rmSync(aside, { force: true });
}

function readText(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return undefined;
	}
}
