import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import type { Installed, Place, Server } from "./server.ts";
import type { ServerProcess } from "./server-process.ts";
import { waitUntil } from "./wait-until.ts";

/** A loaded two-core machine that starts everything at once needs a tenth of it. */
const READY_TIMEOUT_MS = 120_000;
const LOG_TAIL_BYTES = 3_000;
const PORT_TAKEN = /address already in use|EADDRINUSE|failed to bind/i;

export type StartOutcome =
	| { kind: "ready"; process: ServerProcess }
	| { kind: "port-taken"; detail: string };

/** Starts one process and waits until it answers; rejects, with it ended, when it never does. */
export async function startProcess(
	server: Server,
	installed: Installed,
	place: Place & { logFile: string },
): Promise<StartOutcome> {
	const logStartBytes = sizeOf(place.logFile);
	const process = await installed.start(place);
	try {
		await untilReady(server, process, place);
		return { kind: "ready", process };
	} catch (cause) {
		process.kill("SIGKILL");
		await process.exited;
		place.signal.throwIfAborted();
		const log = await readTail(place.logFile, logStartBytes);
		if (PORT_TAKEN.test(log)) return { kind: "port-taken", detail: log };
		const message = `${server.name} did not start; its log ends:\n${log}`;
		throw new Error(message, { cause });
	}
}

/** Resolves once the process answers in its protocol; rejects when it ends before. */
export async function untilReady(
	server: Server,
	process: ServerProcess,
	{ ports, signal }: Place,
): Promise<void> {
	const address = server.addressOf(ports);
	const ended = new AbortController();
	process.exited.then((how) =>
		ended.abort(new Error(`${server.name} ended (${how})`)),
	);
	await waitUntil(() => server.ready(address).then(() => true), {
		timeoutMs: READY_TIMEOUT_MS,
		what: `${server.name} on ${address}`,
		signal: AbortSignal.any([signal, ended.signal]),
	});
	// An answer on our port may come from a stranger who took it first.
	ended.signal.throwIfAborted();
}

function sizeOf(file: string): number {
	return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function readTail(file: string, startBytes: number): Promise<string> {
	await using log = await open(file, "a+");
	const { size } = await log.stat();
	const from = Math.max(startBytes, size - LOG_TAIL_BYTES);
	const { buffer, bytesRead } = await log.read({
		buffer: Buffer.alloc(Math.max(size - from, 1)),
		position: from,
	});
	return buffer.toString("utf8", 0, bytesRead).trim();
}
