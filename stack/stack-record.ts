import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ProcessIdentity } from "./process-identity.ts";

export interface RunningServer {
	name: string;
	kind: string;
	address: string;
	readyMs: number;
	/** For a browser; absent when it has none, or is not ours. */
	uiAddress?: string;
}

/** What a launcher leaves on disk for the commands beside it, and for the next start after a kill -9. */
export interface StackRecord {
	/** Processes that were started and not yet seen to end. */
	processes: Record<string, ProcessIdentity>;
	/** Ports of the last start of each server: taken again if free, so that addresses stay. */
	ports: Record<string, readonly number[]>;
	servers: RunningServer[];
	env: Record<string, string>;
}

/** Answers the record of a stack's directory; an empty one when there is none. */
export function readRecord(directory: string): StackRecord {
	try {
		return JSON.parse(readFileSync(recordFile(directory), "utf8"));
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
		return { processes: {}, ports: {}, servers: [], env: {} };
	}
}

/** Replaces the record as a whole, synchronously: a process just started must not be lost. */
export function writeRecord(directory: string, record: StackRecord): void {
	const file = recordFile(directory);
	mkdirSync(directory, { recursive: true });
	writeFileSync(`${file}.draft`, JSON.stringify(record, undefined, "\t"));
	renameSync(`${file}.draft`, file);
}

/** Answers where a server's output goes. */
export function logFileOf(directory: string, name: string): string {
	return path.join(directory, "logs", `${name}.log`);
}

function recordFile(directory: string): string {
	return path.join(directory, "stack.json");
}
