import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { findOnPath } from "./find-on-path.ts";
import { runTool } from "./run-tool.ts";

/** Unpacks Debian packages into `folder`, without installing them and without what they depend on. */
export async function fetchDebian(
	packages: readonly string[],
	folder: string,
	signal?: AbortSignal,
): Promise<void> {
	if (findOnPath(["apt-get"]) === undefined)
		throw new Error("only Debian and its relatives have these packages");
	const download = path.join(folder, "download");
	await mkdir(download);
	await runTool("apt-get", ["download", ...packages], signal, download);
	for (const file of await readdir(download))
		await runTool(
			"dpkg-deb",
			["-x", path.join(download, file), folder],
			signal,
		);
	await rm(download, { recursive: true });
}
