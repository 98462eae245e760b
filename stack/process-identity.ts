import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process for good: a pid alone is given to another process sooner or later. */
export interface ProcessIdentity {
	pid: number;
	startedAt: string;
}

/** Answers when a process started, in a form to compare only; undefined when it does not live. */
export function readStartTime(pid: number): string | undefined {
	return process.platform === "linux"
		? readLinuxStartTime(pid)
		: readPortableStartTime(pid);
}

/** Answers the identity of a living process; undefined when it has ended. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
	const startedAt = readStartTime(pid);
	return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether the very process lives that was identified, not one that got its pid since. */
export function isAlive({ pid, startedAt }: ProcessIdentity): boolean {
	return readStartTime(pid) === startedAt;
}

function readLinuxStartTime(pid: number): string | undefined {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		// The second field is the program's name in brackets, and may itself hold spaces and brackets.
		const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
		const state = fields[0];
		if (state === "Z" || state === "X") return undefined;
		const ticksAfterBoot = fields[19];
		const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
		return `${boot}/${ticksAfterBoot}`;
	} catch {
		return undefined;
	}
}

function readPortableStartTime(pid: number): string | undefined {
	try {
		const output = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
			encoding: "utf8",
			env: { ...process.env, LC_ALL: "C" },
			stdio: ["ignore", "pipe", "ignore"],
		});
		return output.trim() || undefined;
	} catch {
		return undefined;
	}
}
