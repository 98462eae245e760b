import type { Command, ServerProcess } from "./server-process.ts";

/** Where one start of a server happens. */
export interface Place {
	/** Free loopback ports, as many as the server's `portCount`. */
	ports: readonly number[];
	/** Exists, belongs to this server alone and outlives it. */
	dataDirectory: string;
	signal: AbortSignal;
	/** Starts the server's process, logged and recorded so that it cannot be lost. */
	spawn(command: Command): ServerProcess;
}

/** What `fetch` found or brought. */
export interface Installed {
	/** What it really is, for people: `Apache Kafka 4.1.1`. */
	kind: string;
	/** Starts the process; does not wait for readiness. */
	start(place: Place): Promise<ServerProcess>;
}

export interface FetchContext {
	report(line: string): void;
	signal: AbortSignal;
}

/** A server of the stack: a file in `servers/` and a line in `server-table.ts`. */
export interface Server<Name extends string = string> {
	readonly name: Name;
	/** Environment variable that holds the address; set from outside, that address is used and nothing started. */
	readonly variable: string;
	readonly portCount: number;
	addressOf(ports: readonly number[]): string;
	uiAddressOf?(ports: readonly number[]): string;
	/** Finds the program on PATH or in the cache, else downloads it. */
	fetch(context: FetchContext): Promise<Installed>;
	/** Asks once, in the server's own protocol; rejects while it is not ready. */
	ready(address: string): Promise<void>;
	/** Resolves once the process has ended, with what it had acknowledged on disk. */
	stop(process: ServerProcess): Promise<void>;
}
