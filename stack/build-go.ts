import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { findOnPath } from "./find-on-path.ts";
import { runTool } from "./run-tool.ts";

export interface GoProgram {
	name: string;
	version: string;
	package: string;
	/** What its module replaces by files of its repository, as go.mod writes it. */
	replaced?: readonly string[];
	/** Variables that its own build sets: `name=text`. */
	stamped?: readonly string[];
}

/**
 * Builds a Go program as `folder`/name, in a module of its own: `go install` refuses modules that replace
 * others. Rejects without Go.
 */
export async function buildGo(
	{ name, version, package: from, replaced = [], stamped = [] }: GoProgram,
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
	const lines = [
		`module tools/${name}`,
		...replaced.map((one) => `replace ${one}`),
	];
	await writeFile(path.join(module, "go.mod"), `${lines.join("\n")}\n`);
	const run = (...args: string[]) =>
		runTool(go, ["-C", module, ...args], signal);
	const linked = ["-s", "-w", ...stamped.map((one) => `-X ${one}`)];
	await run("get", "-tool", `${from}@v${version}`);
	await run(
		...["build", "-trimpath", `-ldflags=${linked.join(" ")}`],
		...["-o", path.join(folder, name), from],
	);
	await rm(module, { recursive: true, force: true });
}
