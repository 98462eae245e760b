import type { TLSConfig } from "@temporalio/client";

/** Where Temporal is and how it is spoken to. */
export interface TemporalAddress {
	/** `host:port`. */
	address: string;
	/** Speak TLS, with these PEM texts; absent: plain. */
	tls?:
		| { ca?: string; cert?: string; key?: string; servername?: string }
		| undefined;
	/** Sent with every call; needs TLS. */
	apiKey?: string | undefined;
}

/** The same in the words of the SDK; for clients and workers. */
export function connectionOptions({ address, tls, apiKey }: TemporalAddress) {
	return {
		address,
		...(tls === undefined ? {} : { tls: tlsConfig(tls) }),
		...(apiKey === undefined ? {} : { apiKey }),
	};
}

function tlsConfig({
	ca,
	cert,
	key,
	servername,
}: NonNullable<TemporalAddress["tls"]>): TLSConfig {
	return {
		...(ca === undefined ? {} : { serverRootCACertificate: Buffer.from(ca) }),
		...(cert === undefined || key === undefined
			? {}
			: { clientCertPair: { crt: Buffer.from(cert), key: Buffer.from(key) } }),
		...(servername === undefined ? {} : { serverNameOverride: servername }),
	};
}
