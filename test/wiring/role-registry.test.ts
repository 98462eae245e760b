import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { startApp } from "../../src/app.ts";
import { openGrpcRegistry } from "../../src/registry/grpc-registry.ts";
import { findFreePorts } from "../../stack/free-ports.ts";
import { registration } from "../support/agents-at-work.ts";
import { configured } from "../support/configured.ts";
import { eventually } from "../support/eventually.ts";
import { serverAddress, silentLog } from "../support/stores.ts";

interface Health {
	checks: Record<string, { state: string; required: boolean; error?: string }>;
}

/** An address where nobody answers, that counts who calls. */
async function openCounter(t: TestContext) {
	let count = 0;
	const server = createServer((socket) => {
		count += 1;
		socket.destroy();
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	return { address: `127.0.0.1:${port}`, connections: () => count };
}

test("role registry: one process serves, another sees its workers over gRPC, and says when it is lost", async (t) => {
	const [port] = await findFreePorts(1);
	const token = randomUUID();
	const env = {
		HTTP_PORT: "0",
		LOG_LEVEL: "silent",
		SERVICE_REGISTRY_HOST: "127.0.0.1",
		SERVICE_REGISTRY_PORT: String(port),
		SERVICE_REGISTRY_TOKEN: token,
		SERVICE_REGISTRY_CACHE_TTL_SECONDS: "1",
		SHUTDOWN_GRACE_MS: "500",
	};
	const redis = serverAddress("REDIS_CLUSTER_NODES");
	const others = await openCounter(t);
	const served = await startApp(
		configured({
			...{ ...env, ROLES: "registry", REDIS_CLUSTER_NODES: redis },
			MONGODB_URI: `mongodb://${others.address}`,
			KAFKA_BOOTSTRAP_SERVERS: others.address,
			TEMPORAL_HOST: others.address,
		}),
	);
	// It reaches no Redis: what it knows comes over gRPC.
	const temporal = serverAddress("TEMPORAL_HOST");
	const asking = await startApp(
		configured({ ...env, ROLES: "api", TEMPORAL_HOST: temporal }),
	);
	t.after(() => asking.stop());
	let isServed = true;
	t.after(() => isServed && served.stop());
	const ready = async () => (await fetch(`${served.address}/ready`)).ok;
	await eventually(ready);

	const agents = openGrpcRegistry({
		address: `127.0.0.1:${port}`,
		token,
		timeoutMs: 3_000,
		log: silentLog,
	});
	t.after(() => agents.close());
	const agent_id = `role-registry-${randomUUID()}`;
	const only = { capabilities: [agent_id], namespace: "role-registry" };
	await agents.register(registration({ agent_id, ...only }));
	const look = async () => {
		const url = `${asking.address}/api/v1/workers?capability=${agent_id}`;
		return (await (await fetch(url)).json()) as {
			workers: { agent_id: string }[];
			source: string;
		};
	};
	await eventually(async () => (await look()).workers.length === 1);
	const health = async () =>
		((await (await fetch(`${asking.address}/health`)).json()) as Health).checks
			.worker_registry;
	await eventually(async () => (await health())?.state === "up");

	await agents.deregister(agent_id);
	await eventually(async () => (await look()).workers.length === 0);
	await agents.register(registration({ agent_id, ...only }));
	await eventually(async () => (await look()).workers.length === 1);
	const scraped = await (await fetch(`${served.address}/metrics`)).text();
	assert.match(
		scraped,
		/orchestration_registry_calls_total\{rpc="Register",code="OK"\} 2/i,
	);
	assert.equal(others.connections(), 0, "it asks no server but Redis");
	await agents.deregister(agent_id);
	isServed = false;
	await served.stop();
	await eventually(async () => (await look()).source === "last-known");
	const lost = await eventually(async () => {
		const check = await health();
		return check?.state === "down" && check;
	});
	assert.equal(lost.required, false);
	assert.match(lost.error ?? "", /last known \d+ workers? serve|is known/);
});
