import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer } from "node:tls";
import type { Certificate } from "./certificates.ts";
import type { Ending } from "./file-end.ts";

export interface TlsProxyOptions {
	/** `host:port` of the server that speaks no TLS. */
	target: string;
	certificate: Certificate;
	/** Clients must show a certificate that this authority signed. */
	clientAuthority?: Certificate;
}

/** Speaks TLS in front of a server that does not; answers its `127.0.0.1:port`, closes with the test. */
export async function openTlsProxy(
	t: Ending,
	{ target, certificate, clientAuthority }: TlsProxyOptions,
): Promise<string> {
	const [host = "", port = ""] = target.split(":");
	const sockets = new Set<Socket>();
	const { cert, key } = certificate;
	const server = createServer(
		{
			cert,
			key,
			ALPNProtocols: ["h2", "http/1.1"],
			...(clientAuthority === undefined
				? {}
				: { requestCert: true, ca: clientAuthority.cert }),
		},
		(inner) => {
			const outer = connect(Number(port), host);
			for (const [from, to] of [
				[inner, outer],
				[outer, inner],
			] as const) {
				sockets.add(from);
				from.on("error", () => to.destroy());
				from.on("close", () => {
					sockets.delete(from);
					to.destroy();
				});
				from.pipe(to);
			}
		},
	);
	// A client that we do not take sees it in its own error.
	server.on("tlsClientError", () => undefined);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
