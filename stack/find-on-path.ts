import { accessSync, constants } from "node:fs";
import path from "node:path";

/** Answers the full path of a program, undefined when PATH has none of that name. */
export function findOnPath(
	program: string,
	searchPath = process.env.PATH ?? "",
): string | undefined {
	return searchPath
		.split(path.delimiter)
		.filter((folder) => folder !== "")
		.map((folder) => path.join(folder, program))
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
