import { createHash, timingSafeEqual } from "node:crypto";
import {
	type handleUnaryCall,
	type Metadata,
	Server,
	ServerCredentials,
} from "@grpc/grpc-js";
import type { Log } from "../log.ts";
import {
	loadContract,
	MAX_ANSWER_BYTES,
	MAX_REQUEST_BYTES,
} from "./contract.ts";
import type { AgentRegistry } from "./ports.ts";
import { createRegistryCalls, type Fields } from "./registry-calls.ts";
import { type CallRefused, createSettle } from "./settle-calls.ts";
import { createWatchStreams } from "./watch-streams.ts";

export interface RegistryServerOptions {
	registry: AgentRegistry;
	host: string;
	/** 0: a free one. */
	port: number;
	/** Any of these opens every call but the health check; empty: no token is asked for. */
	tokens: readonly string[];
	/** PEM texts; with `ca` callers need a certificate that it has signed. */
	tls?: { ca?: string; cert?: string; key?: string } | undefined;
	/** Of DiscoverAgents when the caller does not say. */
	maxResults: number;
	/** Counts a call by its code: `OK`, `NOT_FOUND`. */
	onCall(rpc: string, code: string): void;
	log: Log;
}

export interface RegistryServer {
	port: number;
	stop(): Promise<void>;
}

/** Of one connection. */
const STREAMS_MAX = 200;
/** A caller that is gone without a word is found within half a minute. */
const KEEPALIVE_MS = 20_000;
const KEEPALIVE_TIMEOUT_MS = 10_000;
const STOP_GRACE_MS = 2_000;

/** Serves the registry over gRPC; resolves when it listens. */
export async function serveRegistry(
	options: RegistryServerOptions,
): Promise<RegistryServer> {
	const { registry, host, port, tokens, log } = options;
	const contract = loadContract();
	const server = new Server({
		"grpc.max_receive_message_length": MAX_REQUEST_BYTES,
		"grpc.max_send_message_length": MAX_ANSWER_BYTES,
		"grpc.max_concurrent_streams": STREAMS_MAX,
		"grpc.keepalive_time_ms": KEEPALIVE_MS,
		"grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
	});
	const mayCall = createTokenCheck(tokens);
	const settle = createSettle(options);
	const calls = createRegistryCalls(registry, options);
	const unary = Object.entries(calls).map(([rpc, answer]) => {
		const handle: handleUnaryCall<Fields, object> = (call, callback) =>
			settle(rpc, mayCall(call.metadata), () => answer(call.request)).then(
				(answered) => callback(null, answered),
				(refused: CallRefused) => callback(refused),
			);
		return [rpc, handle] as const;
	});
	const watches = createWatchStreams({ registry, settle, mayCall });
	server.addService(contract.registry, {
		...Object.fromEntries(unary),
		WatchAgents: watches.open,
	});
	const check: handleUnaryCall<Fields, object> = (_call, callback) =>
		void registry.ping().then(
			() => callback(null, { status: "SERVING" }),
			() => callback(null, { status: "NOT_SERVING" }),
		);
	server.addService(contract.health, { Check: check });
	const bound = await bind(server, `${host}:${port}`, credentialsOf(options));
	log.info({ host, port: bound }, "worker registry listens");
	return {
		port: bound,
		async stop() {
			watches.close();
			await shutDown(server);
		},
	};
}

/** Compares hashes of one length, each in constant time. */
function createTokenCheck(tokens: readonly string[]) {
	const hash = (text: string) => createHash("sha256").update(text).digest();
	const known = tokens.map((token) => hash(`Bearer ${token}`));
	return (metadata: Metadata): boolean => {
		if (known.length === 0) return true;
		const [said = ""] = metadata.get("authorization");
		const given = hash(String(said));
		return known.filter((one) => timingSafeEqual(one, given)).length > 0;
	};
}

function credentialsOf({
	tls,
}: Pick<RegistryServerOptions, "tls">): ServerCredentials {
	if (tls === undefined) return ServerCredentials.createInsecure();
	const { ca, cert = "", key = "" } = tls;
	return ServerCredentials.createSsl(
		ca === undefined ? null : Buffer.from(ca),
		[{ cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }],
		ca !== undefined,
	);
}

async function bind(
	server: Server,
	address: string,
	credentials: ServerCredentials,
): Promise<number> {
	return await new Promise((resolve, reject) => {
		server.bindAsync(address, credentials, (error, port) =>
			error === null ? resolve(port) : reject(error),
		);
	});
}

async function shutDown(server: Server): Promise<void> {
	await new Promise<void>((resolve) => {
		const hurry = setTimeout(() => {
			server.forceShutdown();
			resolve();
		}, STOP_GRACE_MS);
		server.tryShutdown(() => {
			clearTimeout(hurry);
			resolve();
		});
	});
}
