import { once } from "node:events";
import { readFileSync } from "node:fs";

/** Lets the inspector listen on any free port of this machine. */
export const inspectable = { NODE_OPTIONS: "--inspect=127.0.0.1:0" };

const ADDRESS = /Debugger listening on (ws:\/\/\S+)/g;

/**
 * Makes the service collect its garbage, through its inspector: only then does its heap tell what it
 * holds. The log is where the inspector says its address.
 */
export async function collectGarbage(logFile: string): Promise<void> {
	const [, address = ""] =
		[...readFileSync(logFile, "utf8").matchAll(ADDRESS)].at(-1) ?? [];
	const socket = new WebSocket(address);
	await once(socket, "open");
	// Twice: what the first finds weakly held goes with the second.
	for (const id of [1, 2]) {
		const answer = once(socket, "message");
		socket.send(JSON.stringify({ id, method: "HeapProfiler.collectGarbage" }));
		await answer;
	}
	socket.close();
}
