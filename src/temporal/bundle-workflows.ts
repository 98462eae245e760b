import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { globSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { WorkflowBundle } from "@temporalio/worker";

const root = path.join(import.meta.dirname, "..", "..");
const bundlerPath = path.join(import.meta.dirname, "print-bundle.ts");
/** What a bundle is made of, beside packages of locked versions; `bundle-workflows.test.ts` holds it. */
const SOURCES = [
	"package-lock.json",
	"workflows/**/*.ts",
	"src/domain/**/*.ts",
];
const MAX_BUNDLE_BYTES = 64 * 1_024 * 1_024;

/**
 * The workflow code as the worker runs it. Webpack makes it in a process of its own, which costs two
 * seconds of CPU and 190 MB; what it made is kept, by the content of the sources, where other tools keep
 * such things. A folder that cannot be written only means that it is made again.
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
	// Stack traces name files: a bundle is of this folder only.
	const hash = createHash("sha256").update(root);
	for (const name of globSync(SOURCES, { cwd: root }).sort()) {
		const content = await readFile(path.join(root, name));
		hash.update(`\0${name}\0${content.length}\0`).update(content);
	}
	return hash.digest("hex").slice(0, 32);
}

/** Whole or absent, whoever else writes it at the same time. */
async function keep(file: string, code: string): Promise<void> {
	await mkdir(path.dirname(file), { recursive: true });
	const partial = `${file}.${process.pid}`;
	await writeFile(partial, code);
	await rename(partial, file);
}
