import { connect } from "node:http2";
import type { TemporalAddress } from "./connection-options.ts";

const TIMEOUT_MS = 5_000;

/**
 * Resolves when the other side speaks HTTP/2 with us, and has taken our certificate where it asks for
 * one. Rejects with the network's own error: gRPC says of most that a deadline has passed.
 */
export async function reachHttp2({
	address,
	tls,
}: TemporalAddress): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const scheme = tls === undefined ? "http" : "https";
	const session = connect(`${scheme}://${address}`, { ...tls });
	const timer = setTimeout(
		() => reject(new Error(`no answer from ${address}`)),
		TIMEOUT_MS,
	);
	session.once("remoteSettings", () => resolve());
	session.once("error", reject);
	session.once("close", () => reject(new Error("the connection was closed")));
	try {
		await promise;
	} finally {
		clearTimeout(timer);
		session.destroy();
	}
}
