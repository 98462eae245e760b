import {
	type ConnectionOptions,
	defaultGrpcRetryOptions,
	makeGrpcRetryInterceptor,
	type TLSConfig,
} from "@temporalio/client";
import { updateLimitOf } from "./temporal-calls.ts";

/** Address and credentials of Temporal. */
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

/** The settings in the SDK's form, for clients and workers. */
export function connectionOptions({ address, tls, apiKey }: TemporalAddress) {
	return {
		address,
		...(tls === undefined ? {} : { tls: tlsConfig(tls) }),
		...(apiKey === undefined ? {} : { apiKey }),
	};
}

/** Retries as the SDK does, except for a limit of one run: that is an answer, which the caller gets. */
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
