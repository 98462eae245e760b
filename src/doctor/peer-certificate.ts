import { isIP } from "node:net";
import { type ConnectionOptions, connect } from "node:tls";
import type { CertificateFacts } from "./check-certificates.ts";

const TIMEOUT_MS = 3_000;

/**
 * The certificate that a server shows at `host:port`, whether we trust it or not. Undefined when it
 * shows none: whether it can be used is not asked here.
 */
export async function readPeerCertificate(
	server: string,
	address: string,
	tls: ConnectionOptions,
): Promise<CertificateFacts | undefined> {
	const colon = address.lastIndexOf(":");
	const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
	const port = Number(address.slice(colon + 1));
	const { promise, resolve } = Promise.withResolvers<
		CertificateFacts | undefined
	>();
	const socket = connect({
		...(isIP(host) === 0 ? { servername: host } : {}),
		...tls,
		host,
		port,
		timeout: TIMEOUT_MS,
		ALPNProtocols: ["h2", "http/1.1"],
		// It is only looked at; nothing is sent.
		rejectUnauthorized: false,
	});
	socket.once("secureConnect", () => {
		const { subject, valid_to } = socket.getPeerCertificate();
		const expiresAtMs = Date.parse(valid_to);
		const name = [subject?.CN ?? "no name"].flat().join(", ");
		resolve({ where: `${server} at ${address}`, subject: name, expiresAtMs });
		socket.destroy();
	});
	for (const event of ["error", "timeout", "close"]) {
		socket.once(event, () => {
			resolve(undefined);
			socket.destroy();
		});
	}
	return await promise;
}
