import {
	type ConnectionOptions,
	defaultGrpcRetryOptions,
	makeGrpcRetryInterceptor,
	type TLSConfig,
} from "@temporalio/client";
import { updateLimitOf } from "./temporal-calls.ts";

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

/** As the SDK asks again, but for a limit of one run: that is an answer, and who asks is told it. */
export function retryInterceptors(): NonNullable<
	ConnectionOptions["interceptors"]
> {
	const usual = defaultGrpcRetryOptions();
	return [
		makeGrpcRetryInterceptor({
			...usual,
			retryableDecider: (attempt, status) =>
				updateLimitOf(status.details) === undefined &&
				usual.retryableDecider(attempt, status),
		}),
	];
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
