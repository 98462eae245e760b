import {
	cpSync,
	mkdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import path from "node:path";

/** One change of a build's source. */
export interface SourceEdit {
	/** Below the root. */
	file: string;
	/** A text that is there once. */
	find: string;
	put: string;
}

export const sourceRoot = path.join(import.meta.dirname, "..");
const folders = ["activities", "schemas", "src", "stack", "workflows"];

/** Puts another build of the service into the folder: this one's source with changes. Answers the folder. */
export function copyBuild(
	folder: string,
	edits: readonly SourceEdit[] = [],
): string {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	for (const name of [...folders, "package.json", "tsconfig.json"])
		cpSync(path.join(sourceRoot, name), path.join(folder, name), {
			recursive: true,
		});
	const modules = path.join(sourceRoot, "node_modules");
	symlinkSync(modules, path.join(folder, "node_modules"));
	for (const { file, find, put } of edits) {
		const place = path.join(folder, file);
		const parts = readFileSync(place, "utf8").split(find);
		if (parts.length !== 2)
			throw new Error(`${file} has ${parts.length - 1} times: ${find}`);
		writeFileSync(place, parts.join(put));
	}
	return folder;
}
