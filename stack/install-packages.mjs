// Plain JavaScript: it runs before node_modules is there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
	closeSync,
	mkdirSync,
	openSync,
	readFileSync,
	rmSync,
	statSync,
	utimesSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const RETRY_INTERVAL_MS = 200;
const PROGRESS_INTERVAL_MS = 10_000;
const HEARTBEAT_MS = 1_000;
/** Many heartbeats: a lock this old belongs to nobody any more. */
const STALE_LOCK_MS = 15_000;

/**
 * Installs packages unless node_modules holds what package-lock.json asks for. Two at once: the second waits
 * and then finds all done.
 *
 * @param {string} root
 */
export async function installPackages(root) {
	if (isInstalled(root)) return;
	const release = await takeLock(path.join(root, ".stack", "npm-install.lock"));
	try {
		if (!isInstalled(root)) await runNpmInstall(root);
	} finally {
		release();
	}
}

/**
 * Compares versions, not file times: a checkout touches files, an interrupted install leaves half of them.
 * Optional packages of other platforms are absent, and that is well.
 *
 * @param {string} root
 */
export function isInstalled(root) {
	const wanted = readPackages(path.join(root, "package-lock.json"));
	const found = readPackages(
		path.join(root, "node_modules", ".package-lock.json"),
	);
	return Object.entries(wanted).every(([place, { version, optional }]) => {
		if (place === "") return true;
		const installed = found[place];
		return installed ? installed.version === version : optional === true;
	});
}

function readPackages(lockfile) {
	try {
		return JSON.parse(readFileSync(lockfile, "utf8")).packages;
	} catch {
		return {};
	}
}

async function runNpmInstall(root) {
	const startedAtMs = Date.now();
	const seconds = () => Math.round((Date.now() - startedAtMs) / 1000);
	console.error("installing packages with npm, once, about half a minute");
	const progress = setInterval(
		() => console.error(`installing packages: ${seconds()} s`),
		PROGRESS_INTERVAL_MS,
	);
	// Not `npm ci`: it refuses a lockfile without the optional packages of foreign platforms, and npm leaves
	// those out wherever a registry lacks one. This keeps to the lockfile as well, and does not write it.
	// At the level error npm does not complain of the system's older Node: the packages bring their own.
	const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
	// What a package would run at its installation could do anything here, and none of ours needs it.
	const args = ["install", "--no-save", "--ignore-scripts", ...quiet];
	const npm = spawn("npm", args, { cwd: root, stdio: ["ignore", 2, 2] });
	try {
		const [code] = await once(npm, "exit");
		if (code !== 0) throw new Error(`npm install failed (exit ${code})`);
		console.error(`packages installed after ${seconds()} s`);
	} finally {
		clearInterval(progress);
	}
}

/** Answers the release of a lock that ends with its holder: it is kept alive by its file time. */
async function takeLock(file) {
	mkdirSync(path.dirname(file), { recursive: true });
	for (let waits = 0; !create(file); waits++) {
		if (waits === 0) console.error("waiting for another install of packages");
		if (isStale(file)) rmSync(file, { force: true });
		else await sleep(RETRY_INTERVAL_MS);
	}
	const heartbeat = setInterval(() => touch(file), HEARTBEAT_MS);
	return () => {
		clearInterval(heartbeat);
		rmSync(file, { force: true });
	};
}

function create(file) {
	try {
		closeSync(openSync(file, "wx"));
		return true;
	} catch (error) {
		if (error.code === "EEXIST") return false;
		throw error;
	}
}

function isStale(file) {
	const found = statSync(file, { throwIfNoEntry: false });
	return found !== undefined && Date.now() - found.mtimeMs > STALE_LOCK_MS;
}

function touch(file) {
	const now = new Date();
	utimesSync(file, now, now);
}
