import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { findOnPath } from "./find-on-path.ts";
import { runTool } from "./run-tool.ts";

export interface GoProgram {
	name: string;
	version: string;
	package: string;
	/** Further words for `go build`. */
	flags?: readonly string[];
}

/**
 * Builds a Go program as `folder`/name, in a module of its own: `go install` refuses modules that replace
 * others. Rejects without Go.
 */
export async function buildGo(
	{ name, version, package: from, flags = [] }: GoProgram,
	folder: string,
	signal?: AbortSignal,
): Promise<void> {
	const go = findOnPath(["go"]);
	if (go === undefined)
		throw new Error(
			`${name} is not at hand and cannot be built without Go: install either`,
		);
	const module = path.join(folder, "module");
	await mkdir(module);
	await writeFile(path.join(module, "go.mod"), `module tools/${name}\n`);
	const run = (...args: string[]) =>
		runTool(go, ["-C", module, ...args], signal);
	await run("get", "-tool", `${from}@v${version}`);
	await run(
		...["build", "-trimpath", "-ldflags=-s -w", ...flags],
		...["-o", path.join(folder, name), from],
	);
	await rm(module, { recursive: true, force: true });
}
