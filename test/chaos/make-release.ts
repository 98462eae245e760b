import { appendFileSync } from "node:fs";
import path from "node:path";
import { copyBuild } from "../../demo/copy-build.ts";

/** A workflow that the next release has, and this one not. */
export const markerWorkflow = "tellRelease";

/** Puts a next release of the service into the folder, its workflow bundle changed; answers the folder. */
export function makeRelease(folder: string): string {
	copyBuild(folder);
	appendFileSync(
		path.join(folder, "workflows", "index.ts"),
		`\nexport async function ${markerWorkflow}(): Promise<string> {\n\treturn "release 2";\n}\n`,
	);
	return folder;
}
