// Loaded by `--import` into the service's processes. Counts what they write to each server, one write a
// request, and tells the launcher on its channel when asked. Costs a look at a few bytes a write.
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import "./end-with-parent.ts";
import {
	type RequestCounts,
	requestName,
	type ServerPorts,
} from "./request-names.ts";

const ports: ServerPorts = JSON.parse(process.env.BENCH_SERVER_PORTS ?? "{}");
const counts: RequestCounts = {};

subscribe("net.client.socket", (message) => {
	const { socket } = message as { socket: Socket };
	// Not now: `connect`, which comes next, gives the socket its own `write` again.
	socket.once("connect", () => countWrites(socket));
});

function countWrites(socket: Socket): void {
	const write = socket.write;
	socket.write = ((...args: Parameters<typeof write>) => {
		note(socket.remotePort, args[0]);
		return write.apply(socket, args);
	}) as typeof write;
}

function note(port: number | undefined, chunk: unknown): void {
	const server = ports[String(port)];
	if (server === undefined) return;
	const bytes =
		typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Buffer);
	const name = `${server}.${requestName(server, bytes)}`;
	counts[name] = (counts[name] ?? 0) + 1;
}

process.on("message", (message) => {
	if (message === "counts") process.send?.({ counts });
});
