import { formatServers } from "../format-table.ts";
import { isAlive } from "../process-identity.ts";
import type { CommandOptions } from "./command-options.ts";
import { readRunningStack } from "./running-stack.ts";

/** Prints what runs, and names our servers whose process has ended. */
export function status({ directory, json }: CommandOptions): void {
	const { servers, processes, ports } = readRunningStack(directory);
	const lost = servers.filter(({ name }) => {
		const identity = processes[name];
		const isOurs = (ports[name] ?? []).length > 0;
		return isOurs && (identity === undefined || !isAlive(identity));
	});
	const lines = [
		formatServers(servers),
		...lost.map(({ name }) => `${name} has ended`),
	];
	console.log(json ? JSON.stringify({ servers, lost }) : lines.join("\n"));
}
