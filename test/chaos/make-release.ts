import {
	appendFileSync,
	cpSync,
	mkdirSync,
	rmSync,
	symlinkSync,
} from "node:fs";
import path from "node:path";
import { sourceRoot } from "./processes.ts";

/** A workflow that the next release has, and this one not. */
export const markerWorkflow = "tellRelease";

const folders = ["activities", "schemas", "src", "stack", "workflows"];

/** Puts a next release of the service into the folder, its workflow bundle changed; answers the folder. */
export function makeRelease(folder: string): string {
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	for (const name of folders)
		cpSync(path.join(sourceRoot, name), path.join(folder, name), {
			recursive: true,
		});
	for (const name of ["package.json", "tsconfig.json"])
		cpSync(path.join(sourceRoot, name), path.join(folder, name));
	symlinkSync(
		path.join(sourceRoot, "node_modules"),
		path.join(folder, "node_modules"),
	);
	appendFileSync(
		path.join(folder, "workflows", "index.ts"),
		`\nexport async function ${markerWorkflow}(): Promise<string> {\n\treturn "release 2";\n}\n`,
	);
	return folder;
}
