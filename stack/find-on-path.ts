import { accessSync, constants } from "node:fs";
import path from "node:path";

/** Answers the full path of the first of these programs that PATH has; undefined when it has none. */
export function findOnPath(
	programs: readonly string[],
	searchPath = process.env.PATH ?? "",
): string | undefined {
	const folders = searchPath.split(path.delimiter).filter(Boolean);
	return programs
		.flatMap((program) => folders.map((folder) => path.join(folder, program)))
		.find(isExecutable);
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
