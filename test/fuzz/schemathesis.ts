import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { cached } from "../../stack/download-cache.ts";
import { findOnPath } from "../../stack/find-on-path.ts";
import { runTool } from "../../stack/run-tool.ts";

export interface Round {
	address: string;
	/** Of the strongest role. */
	token: string;
	seed: number;
	/** Cases made for each operation, beside those that cover its schema. */
	examples: number;
	operations: readonly string[];
	/** Where it leaves what it knows of failures, to replay them. */
	directory: string;
	signal: AbortSignal;
}

const requirements = path.join(import.meta.dirname, "requirements.txt");
const config = path.join(import.meta.dirname, "schemathesis.toml");
const python = findOnPath(["python3", "python"]) ?? "python3";

/**
 * Not asked: whether every body that fits its schema is taken. A plan is an open document, and a
 * command depends on the state of its plan.
 */
const EXCLUDED_CHECKS = ["positive_data_acceptance"];
/** Answers without end. */
const ENDLESS = "/events$";

/** Answers the folder with schemathesis and all it needs, as pinned; downloads it at the first time. */
export async function installSchemathesis(
	signal: AbortSignal,
): Promise<string> {
	const pinned = readFileSync(requirements);
	const version = createHash("sha256").update(pinned).digest("hex");
	return await cached(
		{ name: "schemathesis", version: version.slice(0, 16) },
		async (folder) =>
			await runTool(
				python,
				[
					...["-m", "pip", "install", "--quiet", "--disable-pip-version-check"],
					...["--root-user-action=ignore", "--only-binary=:all:", "--no-deps"],
					...["--requirement", requirements, "--target", folder],
				],
				signal,
			),
		signal,
	);
}

/** Runs one round and shows what it says; answers whether it found nothing. */
export async function runSchemathesis(
	folder: string,
	{ address, token, seed, examples, operations, directory, signal }: Round,
): Promise<boolean> {
	const child = spawn(
		python,
		[
			...["-m", "schemathesis.cli", "--config-file", config, "run"],
			...[`${address}/openapi.json`],
			...["--checks", "all", "--exclude-checks", EXCLUDED_CHECKS.join(",")],
			...["--exclude-path-regex", ENDLESS, "--continue-on-failure"],
			...["--max-examples", String(examples), "--seed", String(seed)],
			...["--generation-database", "none", "--suppress-health-check", "all"],
			...["--header", `Authorization: Bearer ${token}`],
			...["--request-timeout", "30", "--warnings", "off", "--no-color"],
			...operations.flatMap((id) => ["--include-operation-id", id]),
		],
		{
			cwd: directory,
			env: { ...process.env, PYTHONPATH: folder },
			stdio: ["ignore", "inherit", "inherit"],
			signal,
		},
	);
	const [exitCode] = await once(child, "exit");
	return exitCode === 0;
}
