import { formatServers } from "../format-table.ts";
import { isServerName, serverNames } from "../server-table.ts";
import { startStack } from "../stack.ts";
import type { CommandOptions } from "./command-options.ts";

/** Starts the stack and stays until a signal; then stops it and resolves. */
export async function up({ directory, only }: CommandOptions): Promise<void> {
	const asked = listenForStop();
	const stack = await startStack({
		directory,
		only: only === undefined ? serverNames : parseNames(only),
		report: (line) => console.error(line),
		signal: asked,
	}).catch((error: unknown) => {
		if (asked.aborted) return undefined;
		throw error;
	});
	if (stack === undefined) return console.error("start given up");

	console.log(formatServers(stack.servers));
	console.error("running; Ctrl-C stops it");
	await untilAborted(asked);
	await stack.stop();
}

function parseNames(list: string) {
	return list.split(",").map((name) => {
		if (isServerName(name)) return name;
		throw new Error(`no server ${name}; there are ${serverNames.join(", ")}`);
	});
}

function listenForStop(): AbortSignal {
	const asked = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
		process.on(signal, () => asked.abort());
	}
	return asked.signal;
}

/** A pending promise alone would not keep the process alive. */
async function untilAborted(signal: AbortSignal): Promise<void> {
	if (signal.aborted) return;
	const { promise, resolve } = Promise.withResolvers<void>();
	const keepAlive = setInterval(() => {}, 60_000);
	signal.addEventListener("abort", () => resolve(), { once: true });
	await promise;
	clearInterval(keepAlive);
}
