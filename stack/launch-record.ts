import type { ManagedServer } from "./managed-server.ts";
import type { ServerProcess } from "./server-process.ts";
import { readRecord, type StackRecord, writeRecord } from "./stack-record.ts";

/** Keeps the record on disk in step with what this launcher runs. */
export interface LaunchRecord {
	/** Ports that a server had in the run before this one. */
	portsOf(name: string): readonly number[];
	started(name: string, process: ServerProcess): void;
	ended(name: string, process: ServerProcess): void;
	/** From now on the commands beside the launcher can tell the addresses. */
	ready(servers: readonly ManagedServer[], env: Record<string, string>): void;
	/** Everything was stopped in order: nothing is left to kill at the launcher's exit. */
	close(): void;
}

/** Opens the record of a new launch; should this process exit before `close`, it kills what it started. */
export function openLaunchRecord(directory: string): LaunchRecord {
	const { ports } = readRecord(directory);
	const record: StackRecord = { processes: {}, ports, servers: [], env: {} };
	const live = new Set<ServerProcess>();
	const save = () => writeRecord(directory, record);
	const killAll = () => {
		for (const server of live) server.kill("SIGKILL");
	};
	process.once("exit", killAll);
	save();
	return {
		portsOf: (name) => ports[name] ?? [],
		started(name, server) {
			live.add(server);
			if (server.identity) record.processes[name] = server.identity;
			save();
		},
		ended(name, server) {
			live.delete(server);
			const recorded = record.processes[name];
			// A later start of the same server may have been recorded before this end was seen.
			if (recorded?.pid !== server.identity?.pid) return;
			delete record.processes[name];
			save();
		},
		ready(servers, env) {
			for (const { running, ports } of servers) {
				record.ports[running.name] = ports;
			}
			record.servers = servers.map(({ running }) => running);
			record.env = env;
			save();
		},
		close() {
			process.off("exit", killAll);
			record.servers = [];
			record.env = {};
			save();
		},
	};
}
