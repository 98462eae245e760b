import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { JarsArtifact } from "./artifacts.ts";
import { cacheDirectory } from "./download-cache.ts";
import { withLock } from "./lock-file.ts";
import { runTool } from "./run-tool.ts";

/** Pinned, as the versions of what it copies are. */
const COPY_DEPENDENCIES =
	"org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";

/**
 * Copies jars and all they depend on into `folder`. Maven checks them against the repository's checksums,
 * and we against the pinned hashes: a repository could change both.
 */
export async function fetchJars(
	artifact: JarsArtifact,
	folder: string,
	signal?: AbortSignal,
): Promise<void> {
	const project = await mkdtemp(path.join(tmpdir(), `${artifact.name}-`));
	const args = [
		...["--batch-mode", "--quiet", "--strict-checksums"],
		...["--file", path.join(project, "pom.xml")],
		...[COPY_DEPENDENCIES, `-DoutputDirectory=${folder}`],
	];
	try {
		await writeFile(path.join(project, "pom.xml"), toPom(artifact));
		// Maven 3 does not expect a second Maven in its local repository.
		const lock = path.join(cacheDirectory(), "maven.lock");
		await withLock(lock, () => runTool("mvn", args, signal), signal);
		await checkJars(folder, artifact.sha256);
	} finally {
		await rm(project, { recursive: true, force: true });
	}
}

/** Rejects when a jar is not what was pinned, is missing, or was never heard of. */
export async function checkJars(
	folder: string,
	pinned: JarsArtifact["sha256"],
): Promise<void> {
	const found = await readdir(folder);
	const hashes = await Promise.all(
		found.map(async (name) => {
			const content = await readFile(path.join(folder, name));
			return createHash("sha256").update(content).digest("hex");
		}),
	);
	const faults = found.flatMap((name, index) => {
		const wanted = pinned[name];
		if (wanted === hashes[index]) return [];
		return [`${name}: sha256 ${hashes[index]}, pinned: ${wanted ?? "none"}`];
	});
	for (const name of Object.keys(pinned)) {
		if (!found.includes(name)) faults.push(`${name}: Maven did not bring it`);
	}
	if (faults.length === 0) return;
	throw new Error(
		`jars are not those of stack/artifacts.json:\n${faults.join("\n")}`,
	);
}

function toPom({ name, version, coordinates }: JarsArtifact): string {
	const dependencies = coordinates.map((coordinate) => {
		const [group, artifact, release] = coordinate.split(":");
		return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${release}</version></dependency>`;
	});
	return `<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>${name}</artifactId><version>${version}</version>
<dependencies>
${dependencies.join("\n")}
</dependencies>
</project>
`;
}
