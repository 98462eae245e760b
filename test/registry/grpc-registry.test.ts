import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import {
	Client,
	credentials,
	type MethodDefinition,
	Server,
	ServerCredentials,
} from "@grpc/grpc-js";
import type { AgentChange } from "../../src/domain/registry/agent.ts";
import { loadContract, toWireAgent } from "../../src/registry/contract.ts";
import {
	openGrpcRegistry,
	type RegistryClientOptions,
} from "../../src/registry/grpc-registry.ts";
import { createRedisRegistry } from "../../src/registry/redis-registry.ts";
import {
	type RegistryServerOptions,
	serveRegistry,
} from "../../src/registry/serve-registry.ts";
import { registration, telemetry } from "../support/agents-at-work.ts";
import { createAuthority } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import { openRedis, silentLog } from "../support/stores.ts";
import { openTcpProxy } from "../support/tcp-proxy.ts";

const TIMEOUT_MS = 3_000;

/** A served registry of the test's own. */
async function serve(
	t: TestContext,
	options: Partial<RegistryServerOptions> = {},
) {
	const { redis } = openRedis(t);
	const state = createRedisRegistry(redis, {
		leaseMs: 15_000,
		space: `test-${randomUUID()}`,
		lookIntervalMs: 20,
	});
	const calls: string[] = [];
	const server = await serveRegistry({
		registry: state,
		host: "127.0.0.1",
		port: 0,
		tokens: [],
		maxResults: 5,
		onCall: (rpc, code) => void calls.push(`${rpc} ${code}`),
		log: silentLog,
		...options,
	});
	t.after(() => server.stop());
	return { state, calls, address: `127.0.0.1:${server.port}` };
}

function open(
	t: TestContext,
	address: string,
	options: Partial<RegistryClientOptions> = {},
) {
	const registry = openGrpcRegistry({
		address,
		timeoutMs: TIMEOUT_MS,
		log: silentLog,
		...options,
	});
	t.after(() => registry.close());
	return registry;
}

/** One call as any client of the contract may make it. */
async function callBare(
	t: TestContext,
	address: string,
	rpc: string,
	request: object,
): Promise<unknown> {
	const client = new Client(address, credentials.createInsecure());
	t.after(() => client.close());
	const { path, requestSerialize, responseDeserialize } = loadContract()
		.registry[rpc] as MethodDefinition<object, unknown>;
	return await new Promise((resolve, reject) =>
		client.makeUnaryRequest(
			path,
			requestSerialize,
			responseDeserialize,
			request,
			(error, answer) => (error === null ? resolve(answer) : reject(error)),
		),
	);
}

test("serveRegistry: a client sees what another process's registry keeps", async (t) => {
	const { state, address, calls } = await serve(t);
	const registry = open(t, address);
	await registry.ping();
	const metadata = { kafka_client_id: "agent-1", executing: "[]" };
	const said = telemetry({ active_tasks: 0, max_concurrent_tasks: 4 });
	await registry.register(registration({ metadata, telemetry: said }));
	const agent = await registry.get("agent-1");
	assert.deepEqual(agent, await state.get("agent-1"));
	assert.equal(agent?.telemetry?.active_tasks, 0);
	assert.deepEqual(await registry.list(), [agent]);
	assert.deepEqual(await registry.list({ namespace: "other" }), []);
	assert.deepEqual(await registry.discover(["python"], {}, 0), [agent]);
	const beat = { agent_id: "agent-1", telemetry: telemetry(), metadata: {} };
	assert.equal((await registry.heartbeat(beat))?.status, "HEALTHY");
	// Agents that say less than ours do.
	assert.equal((await registry.get("agent-1"))?.telemetry?.active_tasks, null);
	const notice = { agent_id: "agent-1", notification_type: "a", message: "b" };
	assert.equal(await registry.notify(notice), true);
	assert.equal(await registry.deregister("agent-1"), true);
	assert.equal(await registry.get("agent-1"), undefined);
	assert.equal(await registry.heartbeat(beat), undefined);
	assert.ok(
		calls.includes("GetAgent OK") && calls.includes("GetAgent NOT_FOUND"),
	);
});

test("serveRegistry: an agent of the field registers by the id in its metadata, one without any is given one", async (t) => {
	const { state, address } = await serve(t);
	const fields = { agent_type: "WORKER", capabilities: ["python"] };
	const named = { ...fields, metadata: { agent_id: "field-7" } };
	await callBare(t, address, "Register", named);
	assert.equal((await state.get("field-7"))?.namespace, "default");
	const { agent_id } = (await callBare(t, address, "Register", fields)) as {
		agent_id: string;
	};
	assert.match(agent_id, /^[0-9a-f-]{36}$/);
	const found = (await callBare(t, address, "DiscoverAgents", {
		capabilities: ["python"],
		filters: { status: "HEALTHY", security_level: "INTERNAL" },
	})) as { agents: unknown[]; ranked: boolean };
	assert.equal(found.agents.length, 2);
	assert.equal(found.ranked, true);
});

test("serveRegistry: what breaks a bound is refused by name, and nothing of it is kept", async (t) => {
	const { state, address, calls } = await serve(t);
	const refused: [request: object, details: RegExp][] = [
		[{ agent_id: "a b" }, /agent_id must be/],
		[{ agent_id: "a", capabilities: Array(65).fill("x") }, /capabilities/],
		[{ agent_id: "a", metadata: { "a\n": "" } }, /a name in metadata/],
		[{ agent_id: "a", telemetry: { success_rate: 2 } }, /success_rate/],
		[{ agent_id: "a", namespace: "x".repeat(65) }, /namespace/],
	];
	for (const [request, details] of refused)
		await assert.rejects(callBare(t, address, "Register", request), {
			code: 3,
			details,
		});
	const large = { agent_id: "a", metadata: { m: "x".repeat(70_000) } };
	await assert.rejects(callBare(t, address, "Register", large), { code: 8 });
	assert.deepEqual(await state.list(), []);
	assert.equal(calls.length, refused.length);
});

test("serveRegistry: without the token every call but the health check is refused", async (t) => {
	const { address } = await serve(t, { tokens: ["old", "new"] });
	for (const token of [undefined, "other", ""]) {
		const registry = open(t, address, { token });
		await registry.ping();
		await assert.rejects(registry.list(), {
			code: "WORKERS_UNAVAILABLE",
			message: /authorization/,
		});
		await assert.rejects(
			registry.watch(() => {}, new AbortController().signal),
			{ code: "WORKERS_UNAVAILABLE" },
		);
	}
	for (const token of ["old", "new"])
		assert.deepEqual(await open(t, address, { token }).list(), []);
});

test("serveRegistry: over TLS, with a certificate of the caller's own", async (t) => {
	const authority = await createAuthority(t);
	const ca = authority.cert;
	const tls = { ca, ...(await authority.sign()) };
	const { address } = await serve(t, { tls });
	const own = await authority.sign({ names: "DNS:caller" });
	const trusted = open(t, address, { tls: { ca, ...own } });
	assert.deepEqual(await trusted.list(), []);
	const bare = open(t, address, { tls: { ca }, timeoutMs: 500 });
	await assert.rejects(bare.list(), { code: "WORKERS_UNAVAILABLE" });
	const plain = open(t, address, { timeoutMs: 500 });
	await assert.rejects(plain.list(), { code: "WORKERS_UNAVAILABLE" });
});

test("serveRegistry: a watcher is told of all agents, then of changes, and of the registry's loss", async (t) => {
	const { state, address } = await serve(t);
	const proxy = await openTcpProxy(t, address);
	const registry = open(t, proxy.address);
	await state.register(registration());
	const seen: AgentChange[] = [];
	const { signal } = new AbortController();
	const watching = registry.watch((changes) => {
		seen.push(...changes);
	}, signal);
	await eventually(() => seen.length === 1);
	await state.deregister("agent-1");
	await eventually(() => seen.length === 2);
	assert.deepEqual(
		seen.map(({ kind, agent: { agent_id } }) => `${kind} ${agent_id}`),
		["REGISTERED agent-1", "DEREGISTERED agent-1"],
	);
	const lost = assert.rejects(watching, { code: "WORKERS_UNAVAILABLE" });
	await proxy.cut();
	await lost;
});

test("grpcRegistry: fails at once while the registry is away, and goes on by itself when it is back", async (t) => {
	const { address } = await serve(t);
	const proxy = await openTcpProxy(t, address);
	const registry = open(t, proxy.address, { timeoutMs: 500 });
	assert.deepEqual(await registry.list(), []);
	await proxy.cut();
	await assert.rejects(registry.list(), { code: "WORKERS_UNAVAILABLE" });
	await eventually(async () => {
		const error = await registry.list().catch((one: Error) => one);
		return error instanceof Error && /known to be away/.test(String(error));
	});
	await proxy.restore();
	await eventually(async () => (await registry.list()).length === 0);
});

test("grpcRegistry: an answer without an agent, or with one that cannot be read, is no agent, and the log says so once", async (t) => {
	const good = toWireAgent({
		...registration({ agent_id: "good" }),
		...{ status: "HEALTHY" as const, registered_at: 1, last_seen: 1 },
	});
	const bad = { ...good, agent_id: "bad", namespace: "a b" };
	const server = new Server();
	server.addService(loadContract().registry, {
		GetAgent: (_: unknown, answer: (error: null, value: object) => void) =>
			answer(null, {}),
		ListAgents: (_: unknown, answer: (error: null, value: object) => void) =>
			answer(null, { agents: [good, bad] }),
		WatchAgents(stream: { write(event: object): void }) {
			stream.write({ event_type: "UPDATED", timestamp: 1 });
			stream.write({ event_type: "UPDATED", timestamp: 1, agent: good });
		},
	});
	const port = await new Promise<number>((resolve, reject) =>
		server.bindAsync(
			"127.0.0.1:0",
			ServerCredentials.createInsecure(),
			(error, bound) => (error === null ? resolve(bound) : reject(error)),
		),
	);
	t.after(() => server.forceShutdown());
	const said: unknown[] = [];
	const log = { ...silentLog, warn: (facts: object) => void said.push(facts) };
	const registry = open(t, `127.0.0.1:${port}`, { log });
	assert.equal(await registry.get("agent-1"), undefined);
	for (const _ of [1, 2]) {
		const agents = await registry.list();
		assert.deepEqual(
			agents.map(({ agent_id }) => agent_id),
			["good"],
		);
	}
	const problem = /^namespace must be/;
	const [ofGet, ofList] = said as { agent_id: string; problems: string }[];
	assert.equal(said.length, 2);
	assert.equal(ofGet?.agent_id, "");
	assert.equal(ofList?.agent_id, "bad");
	assert.match(ofList?.problems ?? "", problem);
	const seen: AgentChange[] = [];
	const ended = new AbortController();
	const watching = registry.watch((changes) => {
		seen.push(...changes);
	}, ended.signal);
	await eventually(() => seen.length === 1);
	assert.equal(seen[0]?.agent.agent_id, "good");
	ended.abort();
	await watching;
});
