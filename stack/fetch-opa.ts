import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { cacheDirectory, cached } from "./download-cache.ts";
import { findOnPath } from "./find-on-path.ts";
import { runTool } from "./run-tool.ts";

const OPA = {
	name: "opa",
	version: "1.22.3",
	package: "github.com/open-policy-agent/opa",
};

/** Answers the program `opa` if it is at hand: OPA_BIN, on PATH, or in the download cache. */
export function findOpa(
	env: NodeJS.ProcessEnv = process.env,
): string | undefined {
	if (env.OPA_BIN) return env.OPA_BIN;
	const kept = programIn(
		path.join(cacheDirectory(env), `${OPA.name}-${OPA.version}`),
	);
	return findOnPath(["opa"], env.PATH) ?? (existsSync(kept) ? kept : undefined);
}

/**
 * Answers `opa`, built into the download cache when it is not at hand: no package registry has it as a
 * program, so that takes Go, and some minutes.
 */
export async function fetchOpa(signal?: AbortSignal): Promise<string> {
	const found = findOpa();
	if (found !== undefined) return found;
	const go = findOnPath(["go"]);
	if (go === undefined)
		throw new Error(
			`opa is not at hand and cannot be built without Go: install either, or set OPA_BIN`,
		);
	return programIn(
		await cached(OPA, (folder) => build(go, folder, signal), signal),
	);
}

function programIn(folder: string): string {
	return path.join(folder, "opa");
}

/** In a module of its own: `go install` refuses modules that replace others. */
async function build(
	go: string,
	folder: string,
	signal: AbortSignal | undefined,
): Promise<void> {
	const module = path.join(folder, "module");
	await mkdir(module);
	await writeFile(path.join(module, "go.mod"), "module tools/opa\n");
	const run = (...args: string[]) =>
		runTool(go, ["-C", module, ...args], signal);
	await run("get", "-tool", `${OPA.package}@v${OPA.version}`);
	await run(
		...["build", "-trimpath", "-ldflags=-s -w"],
		...["-o", programIn(folder), OPA.package],
	);
	await rm(module, { recursive: true, force: true });
}
