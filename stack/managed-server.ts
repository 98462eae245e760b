import type { Server } from "./server.ts";
import type { ServerProcess } from "./server-process.ts";
import type { RunningServer } from "./stack-record.ts";
import { waitUntil } from "./wait-until.ts";

const GIVEN_ANSWER_TIMEOUT_MS = 15_000;

/** One server of a running stack. */
export interface ManagedServer {
	readonly running: RunningServer;
	/** The environment variable that carries its address. */
	readonly variable: string;
	/** False when its address was given. */
	readonly isOurs: boolean;
	readonly ports: readonly number[];
	/** Stops it, or freezes it when the signal is SIGSTOP; its port and data are kept. */
	stop(signal?: NodeJS.Signals): Promise<void>;
	/** Starts it again where it was (or thaws it), and waits until it answers. */
	start(): Promise<void>;
}

export interface ServerContext {
	directory: string;
	/** Ports of an earlier run, taken again if they are free. */
	wantedPorts: readonly number[];
	takenPorts: Set<number>;
	signal: AbortSignal;
	report(line: string): void;
	/** Told at once of every process that starts, and of its end. */
	recordProcess(process: ServerProcess, state: "started" | "ended"): void;
}

/** Answers a server that runs elsewhere, once it has answered in its protocol. */
export async function useGivenServer(
	server: Server,
	address: string,
	signal: AbortSignal,
): Promise<ManagedServer> {
	const startedAtMs = Date.now();
	const source = `given in ${server.variable}`;
	await waitUntil(() => server.ready(address).then(() => true), {
		timeoutMs: GIVEN_ANSWER_TIMEOUT_MS,
		what: `${server.name} at the address ${source}`,
		signal,
	});
	const refuse = async () => {
		throw new Error(`${server.name} is not ours to stop: address ${source}`);
	};
	const readyMs = Date.now() - startedAtMs;
	return {
		running: { name: server.name, kind: source, address, readyMs },
		variable: server.variable,
		isOurs: false,
		ports: [],
		stop: refuse,
		start: refuse,
	};
}
