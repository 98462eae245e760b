import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { WorkflowBundle } from "@temporalio/worker";

const root = path.join(import.meta.dirname, "..", "..");
const bundlerPath = path.join(import.meta.dirname, "print-bundle.ts");
/**
 * The sources of a bundle, beside packages of locked versions; `bundle-workflows.test.ts` checks the list.
 */
const SOURCES = [
	"package-lock.json",
	"workflows/**/*.ts",
	"src/domain/**/*.ts",
	"src/temporal/print-bundle.ts",
];
const MAX_BUNDLE_BYTES = 64 * 1_024 * 1_024;

/**
 * The workflow code as the worker runs it. Webpack makes the bundle in a separate process, which costs two
 * seconds of CPU and 190 MB. The bundle is cached under the hash of its sources, in node_modules/.cache. If
 * the cache cannot be written, the bundle is made again each time.
 */
export async function bundleWorkflows(
	directory = path.join(root, "node_modules", ".cache", "orchestrator-dynamic"),
): Promise<WorkflowBundle> {
	const file = path.join(directory, `workflows-${await hashSources()}.js`);
	const kept = await readFile(file, "utf8").catch(() => undefined);
	if (kept !== undefined) return { code: kept };
	const { stdout: code } = await promisify(execFile)(
		process.execPath,
		[bundlerPath],
		{ maxBuffer: MAX_BUNDLE_BYTES },
	);
	await keep(file, code).catch(() => undefined);
	return { code };
}

async function hashSources(): Promise<string> {
	// Stack traces contain paths, so a bundle belongs to this folder only.
	const hash = createHash("sha256").update(root);
	for (const name of globSync(SOURCES, { cwd: root }).sort()) {
		const content = await readFile(path.join(root, name));
		hash.update(`\0${name}\0${content.length}\0`).update(content);
	}
	return hash.digest("hex").slice(0, 32);
}

/** The file is whole or absent, even when several processes write it. */
async function keep(file: string, code: string): Promise<void> {
	await mkdir(path.dirname(file), { recursive: true });
	const partial = `${file}.${process.pid}`;
	await writeFile(partial, code);
	await rename(partial, file);
}
