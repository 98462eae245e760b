import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { controlServer } from "./control-server.ts";
import { findFreePorts, isFree } from "./free-ports.ts";
import type { ManagedServer, ServerContext } from "./managed-server.ts";
import type { Installed, Place, Server } from "./server.ts";
import { type ServerProcess, spawnServer } from "./server-process.ts";
import { logFileOf } from "./stack-record.ts";
import { startProcess, untilReady } from "./start-process.ts";

const PORT_TRIES = 5;

type Site = Omit<Place, "ports"> & { logFile: string };

/** Starts a server of our own and waits until it answers; a port taken by somebody else is replaced by another. */
export async function startOwnServer(
	server: Server,
	installed: Installed,
	context: ServerContext,
): Promise<ManagedServer> {
	const startedAtMs = Date.now();
	const site = await prepareSite(server, context);
	const first = await startOnFreePorts(server, installed, site, context);
	const { ports } = first;
	const restart = async () => {
		const outcome = await startProcess(server, installed, { ...site, ports });
		if (outcome.kind === "ready") return outcome.process;
		throw new Error(`${server.name}: port taken\n${outcome.detail}`);
	};
	return {
		running: {
			name: server.name,
			kind: installed.kind,
			address: server.addressOf(ports),
			readyMs: Date.now() - startedAtMs,
			...(server.uiAddressOf && { uiAddress: server.uiAddressOf(ports) }),
		},
		variable: server.variable,
		isOurs: true,
		ports,
		...controlServer({
			first: first.process,
			restart,
			stop: server.stop,
			untilReady: (process) => untilReady(server, process, { ...site, ports }),
			onLost: (how) =>
				context.report(`${server.name}: ended (${how}); see ${site.logFile}`),
		}),
	};
}

async function prepareSite(
	{ name }: Server,
	{ directory, signal, recordProcess }: ServerContext,
): Promise<Site> {
	const dataDirectory = path.join(directory, "data", name);
	const logFile = logFileOf(directory, name);
	await mkdir(dataDirectory, { recursive: true });
	await mkdir(path.dirname(logFile), { recursive: true });
	await rm(logFile, { force: true });
	const spawn: Place["spawn"] = (command) => {
		const process = spawnServer(command, logFile);
		recordProcess(process, "started");
		process.exited.then(() => recordProcess(process, "ended"));
		return process;
	};
	return { dataDirectory, logFile, signal, spawn };
}

async function startOnFreePorts(
	server: Server,
	installed: Installed,
	site: Site,
	{ wantedPorts, takenPorts, report }: ServerContext,
): Promise<{ process: ServerProcess; ports: readonly number[] }> {
	let detail = "";
	for (let tries = 0; tries < PORT_TRIES; tries++) {
		const ports =
			tries === 0 && (await areFree(wantedPorts, server.portCount))
				? wantedPorts
				: await findFreePorts(server.portCount, takenPorts);
		const outcome = await startProcess(server, installed, { ...site, ports });
		if (outcome.kind === "ready") return { process: outcome.process, ports };
		detail = outcome.detail;
		report(`${server.name}: port taken, trying another`);
	}
	throw new Error(
		`${server.name} found no port in ${PORT_TRIES} tries\n${detail}`,
	);
}

async function areFree(
	ports: readonly number[],
	count: number,
): Promise<boolean> {
	if (ports.length !== count) return false;
	return (await Promise.all(ports.map(isFree))).every(Boolean);
}
