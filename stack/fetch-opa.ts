import { existsSync } from "node:fs";
import path from "node:path";
import { buildGo } from "./build-go.ts";
import { cacheDirectory, cached } from "./download-cache.ts";
import { findOnPath } from "./find-on-path.ts";

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
	return programIn(
		await cached(OPA, (folder) => buildGo(OPA, folder, signal), signal),
	);
}

function programIn(folder: string): string {
	return path.join(folder, "opa");
}
