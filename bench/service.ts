import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { sumCounts } from "../src/domain/sum-counts.ts";
import { findFreePorts } from "../stack/free-ports.ts";
import { waitUntil } from "../stack/wait-until.ts";
import { stopChild } from "./child.ts";
import type { RequestCounts, ServerPorts } from "./request-names.ts";

export const roleNames = ["worker", "intake", "api"] as const;
export type RoleName = (typeof roleNames)[number];

/** One process of the service. */
export interface RoleProcess {
	readonly pid: number;
	readonly address: string;
	/** Requests to Kafka, MongoDB and Redis since its start. */
	requestCounts(): Promise<RequestCounts>;
	stop(): Promise<void>;
}

export interface ServiceSettings {
	/** Where its source code is. */
	root: string;
	/** Addresses of the servers, and settings of the service. */
	env: Readonly<Record<string, string>>;
	serverPorts: ServerPorts;
	logDirectory: string;
}

/** The service as it runs in production: one process a role. */
export interface Service {
	/** Those that it has a process for. */
	readonly roles: readonly RoleName[];
	pid(role: RoleName): number;
	/** Of its API and metrics: `http://host:port`. */
	address(role: RoleName): string;
	requestCounts(): Promise<RequestCounts>;
	/** Stops the role and starts it again with other settings, or other options of Node. */
	restart(role: RoleName, change?: RoleChange): Promise<void>;
	stop(): Promise<void>;
}

export interface RoleChange {
	env?: Readonly<Record<string, string>>;
	nodeOptions?: readonly string[];
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 40_000;
/** This repository. */
export const sourceRoot = path.join(import.meta.dirname, "..");

/** Resolves once every role says that it is ready. */
export async function startService(
	settings: ServiceSettings,
): Promise<Service> {
	const running = new Map<RoleName, RoleProcess>();
	const start = async (role: RoleName, change: RoleChange = {}) =>
		void running.set(role, await startRole(role, settings, change));
	const find = (role: RoleName) => {
		const process = running.get(role);
		if (process === undefined) throw new Error(`${role} does not run`);
		return process;
	};
	const stop = async () => {
		await Promise.all([...running.values()].map((one) => one.stop()));
		running.clear();
	};
	try {
		for (const role of roleNames) await start(role);
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		roles: roleNames,
		pid: (role) => find(role).pid,
		address: (role) => find(role).address,
		async requestCounts() {
			const all = await Promise.all(
				[...running.values()].map((one) => one.requestCounts()),
			);
			return all.reduce(sumCounts, {});
		},
		async restart(role, change) {
			await find(role).stop();
			running.delete(role);
			await start(role, change);
		},
		stop,
	};
}

async function startRole(
	role: RoleName,
	{ root, env, serverPorts, logDirectory }: ServiceSettings,
	change: RoleChange,
): Promise<RoleProcess> {
	const [port] = await findFreePorts(1);
	mkdirSync(logDirectory, { recursive: true });
	const log = openSync(path.join(logDirectory, `${role}.log`), "a");
	const counter = path.join(import.meta.dirname, "count-requests.ts");
	const child = spawn(
		process.execPath,
		[
			...(change.nodeOptions ?? []),
			...["--import", counter, path.join(root, "src", "main.ts")],
		],
		{
			stdio: ["ignore", log, log, "ipc"],
			env: {
				...process.env,
				ENV_FILE: "none",
				...env,
				// A change may give the process another role beside its own.
				ROLES: role,
				...change.env,
				HTTP_PORT: String(port),
				BENCH_SERVER_PORTS: JSON.stringify(serverPorts),
			},
		},
	);
	closeSync(log);
	await waitUntil(() => isReady(child, port as number), {
		timeoutMs: READY_TIMEOUT_MS,
		what: `${role}, see its log in ${logDirectory}`,
	});
	return {
		pid: child.pid as number,
		address: `http://127.0.0.1:${port}`,
		requestCounts: () => askCounts(child),
		stop: () => stopChild(child, STOP_TIMEOUT_MS),
	};
}

async function isReady(child: ChildProcess, port: number): Promise<boolean> {
	if (child.exitCode !== null) throw new Error(`exit ${child.exitCode}`);
	const answer = await fetch(`http://127.0.0.1:${port}/ready`);
	return answer.ok;
}

async function askCounts(child: ChildProcess): Promise<RequestCounts> {
	const answer = once(child, "message");
	child.send("counts");
	const [{ counts }] = (await answer) as [{ counts: RequestCounts }];
	return counts;
}
