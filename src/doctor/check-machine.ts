import { statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { type Check, failed, ok, warning } from "./check.ts";

const LEAST_NODE = 24;
const LEAST_DISK_BYTES = 1_073_741_824;
const LEAST_MEMORY_BYTES = 536_870_912;

/** Judges the machine: Node.js, memory, and the disk of the directory. */
export async function checkMachine(directory: string): Promise<Check[]> {
	const version = process.versions.node;
	const node =
		Number.parseInt(version, 10) >= LEAST_NODE
			? ok("node", `Node.js ${version}`)
			: failed(
					"node",
					`Node.js ${version} cannot run this service`,
					`use Node.js ${LEAST_NODE}; npm scripts of this repository bring it`,
				);
	const { bavail, bsize } = await statfs(directory);
	return [node, judgeMemory(), judgeDisk(directory, bavail * bsize)];
}

function judgeMemory(): Check {
	// A container's limit, where there is one.
	const limit = process.constrainedMemory();
	const bytes = limit > 0 && limit < totalmem() ? limit : totalmem();
	const detail = `${megabytes(bytes)} MB may be used`;
	return bytes < LEAST_MEMORY_BYTES
		? warning("memory", detail, "give it 512 MB, or fewer ROLES")
		: ok("memory", detail);
}

function judgeDisk(directory: string, freeBytes: number): Check {
	const detail = `${megabytes(freeBytes)} MB free under ${directory}`;
	return freeBytes < LEAST_DISK_BYTES
		? warning("disk", detail, "make room: logs and local servers write here")
		: ok("disk", detail);
}

function megabytes(bytes: number): number {
	return Math.round(bytes / 1_048_576);
}
