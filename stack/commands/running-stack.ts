import { findLauncher } from "../launcher-lock.ts";
import { readRecord, type StackRecord } from "../stack-record.ts";

/** Answers the record of a stack that runs and is ready; rejects when there is none. */
export function readRunningStack(directory: string): StackRecord {
	if (findLauncher(directory) === undefined) {
		throw new Error("no stack is running; `npm run stack` starts one");
	}
	const record = readRecord(directory);
	if (record.servers.length > 0) return record;
	throw new Error("the stack is still starting");
}
