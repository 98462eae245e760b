import { createHash } from "node:crypto";
import {
	globSync,
	mkdtempSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readBundle } from "../src/policy/read-bundle.ts";
import { runTool } from "./run-tool.ts";

const policyFolder = path.join(import.meta.dirname, "..", "src", "policy");
/** The policies, and their tests beside them. */
export const regoFolder = path.join(policyFolder, "rego");
const wasmFile = path.join(policyFolder, "policy.wasm");
const factsFile = path.join(policyFolder, "policy.wasm.json");

const packages = [
	"resource_limits",
	"sla_enforcement",
	"feature_flags",
	"security_constraints",
];

/** Where `policy.wasm` comes from. */
export interface ArtifactFacts {
	/** SHA-256 (hex) of the sources, their names included. */
	sources: string;
	/** SHA-256 (hex) of the artifact. */
	wasm: string;
}

/** Answers the hash of the policies as they are in the tree now; tests do not count. */
export function hashSources(): string {
	const hash = createHash("sha256");
	const files = globSync("**/*.rego", { cwd: regoFolder })
		.filter((name) => !name.endsWith("_test.rego"))
		.sort();
	for (const name of files)
		hash.update(`${name}\n`).update(readFileSync(path.join(regoFolder, name)));
	return hash.digest("hex");
}

/** Answers what the artifact in the tree says of itself, and its own hash. */
export function readArtifact(): { stated: ArtifactFacts; wasm: string } {
	const stated = JSON.parse(readFileSync(factsFile, "utf8")) as ArtifactFacts;
	return { stated, wasm: hashOf(readFileSync(wasmFile)) };
}

/** Answers the policies as WebAssembly. */
export async function buildWasm(
	opa: string,
	signal?: AbortSignal,
): Promise<Uint8Array> {
	const folder = mkdtempSync(path.join(tmpdir(), "policy-"));
	try {
		const bundle = path.join(folder, "bundle.tar.gz");
		const entrypoints = packages.flatMap((name) => [
			"-e",
			`neuralhive/orchestrator/${name}`,
		]);
		const args = [
			...["build", "-t", "wasm", ...entrypoints, "-o", bundle],
			...["--ignore", "*_test.rego", "."],
		];
		// The artifact names its sources as they are given: never by a folder of this machine.
		await runTool(opa, args, signal, regoFolder);
		return readBundle(bundle).wasm;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Writes the artifact and where it comes from into the tree. */
export function writeArtifact(wasm: Uint8Array): void {
	const facts: ArtifactFacts = { sources: hashSources(), wasm: hashOf(wasm) };
	writeFileSync(wasmFile, wasm);
	writeFileSync(factsFile, `${JSON.stringify(facts, null, "\t")}\n`);
}

function hashOf(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}
