import assert from "node:assert/strict";
import { test } from "node:test";
import { loadConfig } from "../../src/config.ts";
import { examinePolicies } from "../../src/wiring/examine-policies.ts";
import { findFreePorts } from "../../stack/free-ports.ts";

const addresses = {
	KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
	TEMPORAL_HOST: "127.0.0.1:1",
	MONGODB_URI: "mongodb://127.0.0.1:1",
	REDIS_CLUSTER_NODES: "127.0.0.1:1",
};

test("doctor: embedded policies are evaluated, an OPA server that is away fails by address, none are asked when off", async () => {
	const [embedded] = await examine({});
	assert.equal(embedded?.status, "ok");
	const [port] = (await findFreePorts(1)).map(String);
	const [away] = await examine({
		OPA_HOST: "127.0.0.1",
		OPA_PORT: port as string,
	});
	assert.equal(away?.status, "failed");
	assert.match(away?.detail ?? "", new RegExp(String(port)));
	assert.match(away?.remedy ?? "", /OPA_HOST/);
	assert.deepEqual(await examine({ OPA_ENABLED: "false" }), []);
});

async function examine(settings: Record<string, string>) {
	const examinations = examinePolicies(
		loadConfig({ ...addresses, ...settings }),
	);
	return (await Promise.all(examinations.map(({ look }) => look()))).flat();
}
