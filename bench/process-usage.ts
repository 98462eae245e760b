import { readdirSync, readFileSync } from "node:fs";

/** `USER_HZ` of every Linux that Node runs on: /proc counts in hundredths of a second. */
const MS_PER_TICK = 10;
const BYTES_PER_PAGE = 4_096;
const BYTES_PER_MB = 1_048_576;

/** CPU time the process has used so far, all its threads, user and system. */
export function cpuMs(pid: number): number {
	return usedMs(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** Resident set of the process. */
export function residentMb(pid: number): number {
	const [, pages] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ");
	return (Number(pages) * BYTES_PER_PAGE) / BYTES_PER_MB;
}

/** Files, sockets and pipes the process has open. */
export function openHandles(pid: number): number {
	return readdirSync(`/proc/${pid}/fd`).length;
}

/** CPU time by the name of the thread: tells JavaScript from Temporal's core, zlib and V8's helpers. */
export function cpuMsByThread(pid: number): Map<string, number> {
	const byName = new Map<string, number>();
	for (const thread of readdirSync(`/proc/${pid}/task`)) {
		const text = readStat(`/proc/${pid}/task/${thread}/stat`);
		if (text === undefined) continue;
		const own = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
		const name = thread === String(pid) ? "main thread" : own;
		byName.set(name, (byName.get(name) ?? 0) + usedMs(text));
	}
	return byName;
}

/** Nothing of a thread that has ended meanwhile. */
function readStat(file: string): string | undefined {
	try {
		return readFileSync(file, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

/** What follows the name, which may hold spaces and brackets itself: state is 0, utime 11, stime 12. */
function usedMs(stat: string): number {
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}
