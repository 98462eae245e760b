import { rm } from "node:fs/promises";
import path from "node:path";
import { endOrphans } from "./end-orphans.ts";
import { type LaunchRecord, openLaunchRecord } from "./launch-record.ts";
import { takeLauncherLock } from "./launcher-lock.ts";
import { type ManagedServer, useGivenServer } from "./managed-server.ts";
import { startOwnServer } from "./own-server.ts";
import { makePrivateDirectory } from "./private-directory.ts";
import type { Server } from "./server.ts";
import { type ServerName, serverNames, serverTable } from "./server-table.ts";
import { type RunningServer, readRecord } from "./stack-record.ts";

export interface StackOptions {
	/** Default: all of `serverTable`. */
	only?: readonly ServerName[];
	/** Data, logs and the record of processes; one running stack a directory. Default: `.stack/dev`. */
	directory?: string;
	/** Told of progress, a line at a time. */
	report?: (line: string) => void;
	/** Forgets the data of earlier runs. */
	fresh?: boolean;
	/** Where addresses are looked for that are used instead of starting a server. Default: `process.env`. */
	env?: NodeJS.ProcessEnv;
	/** Aborted during the start, what had started is stopped and the start rejects. */
	signal?: AbortSignal;
}

export interface Stack {
	/** The addresses, as the environment variables that the service and the tests read. */
	readonly env: Readonly<Record<string, string>>;
	readonly servers: readonly RunningServer[];
	/** Adds to what `stack env` prints: where what was started beside the servers is. */
	tell(env: Readonly<Record<string, string>>): void;
	/** Temporal's web UI; absent when Temporal is not ours. */
	readonly uiAddress?: string;
	/** Stops what was started, in reverse order. */
	stop(): Promise<void>;
	/** Resolves once the server has ended (SIGSTOP: is frozen); its port and data are kept. */
	stopServer(name: ServerName, signal?: NodeJS.Signals): Promise<void>;
	/** Resolves once the server answers again, at the address it had. */
	startServer(name: ServerName): Promise<void>;
}

/** One start of a stack. */
interface Launch {
	directory: string;
	only: readonly ServerName[];
	env: NodeJS.ProcessEnv;
	report: (line: string) => void;
	signal: AbortSignal;
	record: LaunchRecord;
	takenPorts: Set<number>;
}

/** The directory of `npm run stack`. */
export const developmentDirectory = path.join(
	import.meta.dirname,
	"..",
	".stack",
	"dev",
);

/** Starts real servers and resolves once each answers in its own protocol; rejects with nothing left running. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
	const directory = path.resolve(options.directory ?? developmentDirectory);
	makePrivateDirectory(directory);
	const releaseLock = await takeLauncherLock(directory, options.signal);
	try {
		const failed = new AbortController();
		const signals = options.signal ? [options.signal] : [];
		const launch: Launch = {
			directory,
			only: options.only ?? serverNames,
			env: options.env ?? process.env,
			report: options.report ?? (() => {}),
			signal: AbortSignal.any([failed.signal, ...signals]),
			record: await cleanUp(directory, options),
			takenPorts: new Set(),
		};
		const servers = await startAll(launch, failed);
		return toStack(launch, servers, releaseLock);
	} catch (error) {
		releaseLock();
		throw error;
	}
}

async function cleanUp(
	directory: string,
	{ fresh, report }: StackOptions,
): Promise<LaunchRecord> {
	await endOrphans(readRecord(directory).processes, report);
	const data = path.join(directory, "data");
	if (fresh) await rm(data, { recursive: true, force: true });
	return openLaunchRecord(directory);
}

async function startAll(
	launch: Launch,
	failed: AbortController,
): Promise<ManagedServer[]> {
	const wanted = serverTable.filter(({ name }) => launch.only.includes(name));
	const results = await Promise.allSettled(
		wanted.map(async (server) => {
			try {
				return await startOne(server, launch);
			} catch (error) {
				// The first failure ends the starts of the others.
				failed.abort(error);
				throw error;
			}
		}),
	);
	const servers = results.flatMap((result) =>
		result.status === "fulfilled" ? [result.value] : [],
	);
	if (!failed.signal.aborted) return servers;
	await stopAll(servers);
	launch.record.close();
	throw failed.signal.reason;
}

async function startOne(
	server: Server,
	launch: Launch,
): Promise<ManagedServer> {
	const { signal, record, report } = launch;
	const address = launch.env[server.variable];
	if (address) return useGivenServer(server, address, signal);
	const installed = await server.fetch({ report, signal });
	report(`${server.name}: starting ${installed.kind}`);
	const managed = await startOwnServer(server, installed, {
		...launch,
		wantedPorts: record.portsOf(server.name),
		recordProcess: (process, state) => record[state](server.name, process),
	});
	const seconds = (managed.running.readyMs / 1000).toFixed(1);
	report(`${server.name}: ready after ${seconds} s`);
	return managed;
}

function toStack(
	launch: Launch,
	servers: readonly ManagedServer[],
	releaseLock: () => void,
): Stack {
	const env = Object.fromEntries(
		servers.map(({ variable, running }) => [variable, running.address]),
	);
	launch.record.ready(servers, env);
	const find = (name: ServerName) => {
		const server = servers.find(({ running }) => running.name === name);
		if (server === undefined) throw new Error(`${name} is not in this stack`);
		return server;
	};
	const uiAddress = servers.find((s) => s.running.uiAddress)?.running.uiAddress;
	return {
		env,
		servers: servers.map(({ running }) => running),
		...(uiAddress && { uiAddress }),
		tell: (more) => launch.record.ready(servers, { ...env, ...more }),
		stopServer: (name, signal) => find(name).stop(signal),
		startServer: (name) => find(name).start(),
		async stop() {
			await stopAll(servers, launch.report);
			launch.record.close();
			releaseLock();
		},
	};
}

/** Stops all, the last first; one that does not stop keeps no other from it. */
async function stopAll(
	servers: readonly ManagedServer[],
	report: (line: string) => void = () => {},
): Promise<void> {
	const failures: unknown[] = [];
	for (const server of servers.filter(({ isOurs }) => isOurs).toReversed()) {
		report(`${server.running.name}: stopping`);
		await server.stop().catch((error: unknown) => failures.push(error));
	}
	if (failures.length > 0) {
		throw new AggregateError(failures, "the stack did not stop cleanly");
	}
}
