import {
	Client,
	credentials,
	Metadata,
	type MethodDefinition,
	type ServiceError,
	status,
} from "@grpc/grpc-js";
import type { AgentInfo } from "../domain/registry/agent.ts";
import { type ErrorCode, OrchestratorError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createOutageGate } from "../storage/outage-gate.ts";
import {
	loadContract,
	MAX_ANSWER_BYTES,
	toWireTelemetry,
	type WireAgent,
} from "./contract.ts";
import type { AgentRegistry } from "./ports.ts";
import { createReadAgents } from "./read-wire-agents.ts";

export interface RegistryClientOptions {
	/** `host:port`. */
	address: string;
	/** Sent as bearer token. */
	token?: string | undefined;
	/** PEM texts; absent: without TLS. */
	tls?:
		| { ca?: string; cert?: string; key?: string; servername?: string }
		| undefined;
	/** Of one call. */
	timeoutMs: number;
	log: Log;
}

/** A registry in another process. */
export interface RemoteRegistry extends AgentRegistry {
	close(): void;
}

const PROBE_INTERVAL_MS = 500;
const RECONNECT_MIN_MS = 100;
const RECONNECT_MAX_MS = 2_000;
/** A registry that is gone without a word is found so soon. */
const KEEPALIVE_MS = 5_000;
const KEEPALIVE_TIMEOUT_MS = 2_000;

/**
 * Asks a registry over gRPC; connects in the background, again and again. A call fails at once while the
 * registry is known to be away. Throws WORKERS_UNAVAILABLE.
 */
export function openGrpcRegistry(
	options: RegistryClientOptions,
): RemoteRegistry {
	const { address, timeoutMs, log } = options;
	const { registry: contract, health } = loadContract();
	const client = openClient(options);
	const gate = createOutageGate({
		probe: () => call(health.Check, {}).then(() => undefined),
		isOutage: (error) =>
			outages.includes((error as Partial<ServiceError>).code ?? status.OK),
		mayBeSlow: (error) =>
			(error as Partial<ServiceError>).code === status.DEADLINE_EXCEEDED,
		probeIntervalMs: PROBE_INTERVAL_MS,
		onChange(outage) {
			if (outage === undefined)
				log.info({ address }, "worker registry is back");
			else
				log.warn({ address, error: outage.cause }, "worker registry is away");
		},
	});
	const metadata = () => {
		const made = new Metadata();
		if (options.token !== undefined)
			made.set("authorization", `Bearer ${options.token}`);
		return made;
	};

	function call(
		method: MethodDefinition<unknown, unknown> | undefined,
		request: object,
	): Promise<unknown> {
		const { path, requestSerialize, responseDeserialize } =
			method as MethodDefinition<unknown, unknown>;
		return new Promise((resolve, reject) => {
			client.makeUnaryRequest(
				path,
				requestSerialize,
				responseDeserialize,
				request,
				metadata(),
				{ deadline: Date.now() + timeoutMs },
				(error, answer) => (error === null ? resolve(answer) : reject(error)),
			);
		});
	}

	async function ask<T>(rpc: string, request: object): Promise<T> {
		try {
			return (await gate.run(() => call(contract[rpc], request))) as T;
		} catch (cause) {
			throw asOurs(rpc, address, cause);
		}
	}

	const read = createReadAgents(log);

	return {
		async register(agent) {
			const { telemetry } = agent;
			const request = { ...agent, telemetry: toWireTelemetry(telemetry) };
			return await ask<{ registered_at: number }>("Register", request);
		},

		async heartbeat(beat) {
			const { telemetry } = beat;
			const request = { ...beat, telemetry: toWireTelemetry(telemetry) };
			return await orUndefined(
				ask<{ status: AgentInfo["status"]; last_seen: number }>(
					"Heartbeat",
					request,
				),
			);
		},

		async deregister(agent_id) {
			const { success } = await ask<{ success: boolean }>("Deregister", {
				agent_id,
			});
			return success;
		},

		async discover(capabilities, filters, max_results) {
			const request = { capabilities, filters, max_results };
			const { agents } = await ask<Agents>("DiscoverAgents", request);
			return read(agents);
		},

		async get(agent_id) {
			const found = await orUndefined(
				ask<{ agent: WireAgent | null }>("GetAgent", { agent_id }),
			);
			return found && read([found.agent])[0];
		},

		async list(filters = {}) {
			const { agents } = await ask<Agents>("ListAgents", { filters });
			return read(agents);
		},

		async watch(onChanges, signal) {
			const method = contract.WatchAgents as MethodDefinition<unknown, unknown>;
			const stream = client.makeServerStreamRequest(
				method.path,
				method.requestSerialize,
				method.responseDeserialize,
				{},
				metadata(),
			);
			const end = Promise.withResolvers<void>();
			const stop = () => stream.cancel();
			signal.addEventListener("abort", stop, { once: true });
			stream.on("data", (event: WireEvent) => {
				const [agent] = read([event.agent]);
				if (agent === undefined) return;
				onChanges([{ kind: event.event_type, agent, at_ms: event.timestamp }]);
			});
			stream.on("error", end.reject);
			stream.on("end", () => end.reject(new Error("the stream has ended")));
			try {
				await end.promise;
			} catch (cause) {
				if (!signal.aborted) throw asOurs("WatchAgents", address, cause);
			} finally {
				signal.removeEventListener("abort", stop);
			}
		},

		async notify(notice) {
			const { success } = await ask<{ success: boolean }>(
				"NotifyAgent",
				notice,
			);
			return success;
		},

		async ping() {
			const answer = await call(health.Check, {}).catch((cause: unknown) => {
				throw asOurs("Check", address, cause);
			});
			if ((answer as { status?: string }).status !== "SERVING")
				throw new OrchestratorError(
					"WORKERS_UNAVAILABLE",
					`the worker registry at ${address} answers, but cannot serve: see its Redis`,
				);
		},

		close() {
			gate.close();
			client.close();
		},
	};
}

interface Agents {
	agents: (WireAgent | null)[];
}
interface WireEvent {
	event_type: "REGISTERED" | "UPDATED" | "DEREGISTERED" | "STATUS_CHANGED";
	agent: WireAgent | null;
	timestamp: number;
}

const outages: readonly status[] = [
	status.UNAVAILABLE,
	status.DEADLINE_EXCEEDED,
];

function openClient({
	address,
	tls,
	timeoutMs,
}: RegistryClientOptions): Client {
	const pem = (text: string | undefined) =>
		text === undefined ? null : Buffer.from(text);
	return new Client(
		address,
		tls === undefined
			? credentials.createInsecure()
			: credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert)),
		{
			"grpc.max_receive_message_length": MAX_ANSWER_BYTES,
			"grpc.initial_reconnect_backoff_ms": RECONNECT_MIN_MS,
			"grpc.max_reconnect_backoff_ms": Math.max(RECONNECT_MAX_MS, timeoutMs),
			"grpc.keepalive_time_ms": KEEPALIVE_MS,
			"grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
			...(tls?.servername && {
				"grpc.ssl_target_name_override": tls.servername,
				"grpc.default_authority": tls.servername,
			}),
		},
	);
}

async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
	try {
		return await asked;
	} catch (error) {
		const { cause } = error as Error;
		if ((cause as Partial<ServiceError>)?.code === status.NOT_FOUND)
			return undefined;
		throw error;
	}
}

function asOurs(rpc: string, address: string, cause: unknown): Error {
	const { code, details } = cause as Partial<ServiceError>;
	const codes: Partial<Record<status, ErrorCode>> = {
		[status.RESOURCE_EXHAUSTED]: "REGISTRATION_REFUSED",
		[status.INVALID_ARGUMENT]: "REQUEST_INVALID",
	};
	return new OrchestratorError(
		codes[code ?? status.UNKNOWN] ?? "WORKERS_UNAVAILABLE",
		`${rpc} of the worker registry at ${address} failed: ${details ?? String(cause)}`,
		{ cause },
	);
}
