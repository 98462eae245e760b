import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TemporalAddress } from "./connection-options.ts";

const TIMEOUT_MS = 5_000;
/** The first bytes of an HTTP/2 client: the preface, and an empty settings frame. */
const GREETING = Buffer.concat([
	Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/**
 * Resolves when the server answers HTTP/2, and so has accepted our certificate if it asks for one. Rejects
 * with the network's own error: gRPC reports most errors as a passed deadline.
 */
export async function reachHttp2(address: TemporalAddress): Promise<void> {
	const socket = open(address);
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	socket.setTimeout(TIMEOUT_MS, () => reject(new Error("timeout: no answer")));
	socket.once("error", reject);
	socket.once("close", () => reject(new Error("the connection was closed")));
	socket.once("data", () => resolve());
	socket.write(GREETING);
	try {
		await promise;
	} finally {
		socket.destroy();
	}
}

function open({ address, tls }: TemporalAddress): Socket {
	const colon = address.lastIndexOf(":");
	const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
	const place = { host, port: Number(address.slice(colon + 1)) };
	if (tls === undefined) return connect(place);
	const servername = isIP(host) === 0 ? { servername: host } : {};
	const ALPNProtocols = ["h2"];
	return connectTls({ ...servername, ...tls, ...place, ALPNProtocols });
}
