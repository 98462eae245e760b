import { chmodSync, mkdirSync } from "node:fs";
import path from "node:path";

const OWNER_ONLY = 0o700;

/**
 * Makes the directory, and sees that nobody but its owner gets in: data, logs and tokens lie there. So it
 * is with the `.stack` it lies in.
 */
export function makePrivateDirectory(directory: string): void {
	mkdirSync(directory, { recursive: true, mode: OWNER_ONLY });
	chmodSync(directory, OWNER_ONLY);
	const parent = path.dirname(path.resolve(directory));
	if (path.basename(parent) === ".stack") chmodSync(parent, OWNER_ONLY);
}
