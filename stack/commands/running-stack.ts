import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { findLauncher } from "../launcher-lock.ts";
import { developmentDirectory } from "../stack.ts";
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

/**
 * The directory of the stack that is meant when none is named: that of `npm run stack`, else the one that
 * runs beside it, the demo's for example. Throws when there are several of these.
 */
export function findStack(usual: string = developmentDirectory): string {
	const home = path.dirname(usual);
	if (findLauncher(usual) !== undefined || !existsSync(home)) return usual;
	const running = readdirSync(home)
		.map((name) => path.join(home, name))
		.filter((directory) => findLauncher(directory) !== undefined);
	const [only = usual, ...others] = running;
	if (others.length === 0) return only;
	const named = running.map((one) => `--directory ${one}`).join("\n");
	throw new Error(`several stacks run; say which one:\n${named}`);
}
