import { createServer } from "node:net";

/**
 * Below the ranges from which Linux (32768) and macOS (49152) take the ports of outgoing connections:
 * otherwise a client that reconnects to a stopped server could occupy the server's port itself.
 */
const LOWEST_PORT = 20_000;
const HIGHEST_PORT = 32_767;
const TRIES = 1_000;

/** Answers free loopback ports, none of them in `taken`; adds them to `taken`. */
export async function findFreePorts(
	count: number,
	taken: Set<number> = new Set(),
): Promise<number[]> {
	const ports: number[] = [];
	for (let tries = 0; ports.length < count && tries < TRIES; tries++) {
		const port = randomPort();
		if (taken.has(port)) continue;
		taken.add(port);
		if (await isFree(port)) ports.push(port);
	}
	if (ports.length < count) throw new Error("no free loopback port found");
	return ports;
}

/** Whether a server could listen on this loopback port now. */
export function isFree(port: number): Promise<boolean> {
	const { promise, resolve } = Promise.withResolvers<boolean>();
	const probe = createServer();
	probe.once("error", () => resolve(false));
	probe.listen({ port, host: "127.0.0.1", exclusive: true }, () =>
		probe.close(() => resolve(true)),
	);
	return promise;
}

function randomPort(): number {
	const span = HIGHEST_PORT - LOWEST_PORT + 1;
	return LOWEST_PORT + Math.floor(Math.random() * span);
}
