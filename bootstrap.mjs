// Runs a script of this repository from a fresh clone: `node bootstrap.mjs demo/main.ts [arguments]`.
// Without a script it only installs what is missing. Plain JavaScript without dependencies: it must work before anything is installed, on Node 20.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { installPackages } from "./stack/install-packages.mjs";
import { findMissing } from "./stack/prerequisites.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));
const binaries = path.join(root, "node_modules", ".bin");
const OLDEST_OWN_NODE = 24;
const NPM_LOOK_INTERVAL_MS = 500;

const [target, ...rest] = process.argv.slice(2);
const missing = findMissing({ needsServers: startsServers() });
if (missing.length > 0) {
	fail(
		["missing on this machine:", ...missing.map((m) => `- ${m}`)].join("\n"),
	);
}
await installPackages(root).catch((error) => fail(error.message));
if (target !== undefined) runTarget();

function startsServers() {
	if (target === "stack/main.ts") {
		return rest.every((word) => word.startsWith("-") || word === "up");
	}
	return [
		"demo/main.ts",
		"test/main.ts",
		"test/chaos/main.ts",
		"test/fuzz/main.ts",
		"bench/main.ts",
	].includes(target ?? "");
}

function runTarget() {
	const searchPath = `${binaries}${path.delimiter}${process.env.PATH}`;
	const watch = path.join(root, "stack", "end-with-bootstrap.mjs");
	const args = ["--import", watch, path.join(root, target), ...rest];
	const child = spawn(findNode(), args, {
		stdio: ["inherit", "inherit", "inherit", "ipc"],
		env: { ...process.env, PATH: searchPath },
	});
	if (process.env.npm_lifecycle_event) endWithNpm(child);
	// A terminal sends Ctrl-C to the child as well: sent on, it would count twice.
	process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
	process.on("SIGTERM", () => child.kill("SIGTERM"));
	process.on("SIGHUP", () => child.kill("SIGHUP"));
	child.once("error", (error) => fail(error.message));
	child.once("exit", (code, signal) => {
		process.exitCode = code ?? 1;
		if (signal) console.error(`${target} ended by ${signal}`);
	});
}

/** An npm that was killed tells nobody. */
function endWithNpm(child) {
	const npm = findNpm();
	const look = () => findNpm() === npm || child.kill("SIGTERM");
	setInterval(look, NPM_LOOK_INTERVAL_MS).unref();
}

/** npm is our parent, or the parent of the shell in which it runs a script. */
function findNpm() {
	try {
		const stat = readFileSync(`/proc/${process.ppid}/stat`, "utf8");
		const [, name, parent] = /\((.*)\) \S+ (\d+)/.exec(stat) ?? [];
		return /^(ba|da|z)?sh$/.test(name) ? Number(parent) : process.ppid;
	} catch {
		return process.ppid;
	}
}

function findNode() {
	const own = path.join(binaries, "node");
	if (existsSync(own)) return own;
	const major = Number(process.versions.node.split(".")[0]);
	if (major >= OLDEST_OWN_NODE) return process.execPath;
	return fail(
		`npm has no Node ${OLDEST_OWN_NODE} for ${process.platform}-${process.arch}: install it, e.g. nvm install ${OLDEST_OWN_NODE}`,
	);
}

function fail(message) {
	console.error(message);
	process.exit(1);
}
