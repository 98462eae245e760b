import assert from "node:assert/strict";
import { test } from "node:test";
import { createCodec } from "../../../src/messaging/codec.ts";
import { createResultEncoder } from "../../../stack/agents/encode-result.ts";
import { toExecutionResult } from "../../../stack/agents/result-record.ts";
import { openSchemaRegistry } from "../../support/schema-registry.ts";
import { agentTicket } from "./support/agent-ticket.ts";

const report = {
	status: "COMPLETED",
	errorMessage: null,
	durationMs: 12,
} as const;
const result = toExecutionResult(agentTicket(), "a", report, 1_700_000_000_000);

test("createResultEncoder: without a registry a result is JSON", async () => {
	const encode = createResultEncoder("execution.results", undefined);
	assert.deepEqual(JSON.parse(String(await encode(result))), result);
});

test("createResultEncoder: with a registry it is Avro, registered once under the topic's subject", async (t) => {
	const registry = await openSchemaRegistry(t);
	const encode = createResultEncoder("execution.results", registry.url);
	const [first, second] = [await encode(result), await encode(result)];
	assert.deepEqual(registry.requests, [
		"POST /subjects/execution.results-value/versions",
	]);
	assert.equal(first[0], 0);
	const codec = createCodec({ registryUrl: registry.url });
	for (const value of [first, second]) {
		assert.deepEqual(await codec.decode(value), result);
	}
});

test("createResultEncoder: a registry that was away is asked again", async (t) => {
	const registry = await openSchemaRegistry(t);
	registry.interrupt = (_, response) => {
		response.writeHead(503).end("{}");
		return true;
	};
	const encode = createResultEncoder("execution.results", registry.url);
	await assert.rejects(encode(result), { code: "REGISTRY_UNAVAILABLE" });
	registry.interrupt = () => false;
	assert.equal((await encode(result))[0], 0);
});
