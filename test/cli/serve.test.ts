import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { fileWith, NOWHERE } from "../support/configured.ts";
import { fileEnd } from "../support/file-end.ts";
import { runCli } from "./support/run-cli.ts";

/** Every server is away: the service starts all the same. */
const away = {
	ENV_FILE: "none",
	KAFKA_BOOTSTRAP_SERVERS: NOWHERE,
	TEMPORAL_HOST: NOWHERE,
	MONGODB_URI: `mongodb://${NOWHERE}`,
	REDIS_CLUSTER_NODES: NOWHERE,
	HTTP_PORT: "0",
};
const end = fileEnd();

test("cli serve: a file of tokens that is none ends it with 2 and the bad line", async (t) => {
	const file = fileWith(t, "# ours\nhidden\n");
	const env = { ...away, AUTH_MODE: "token", API_TOKENS_FILE: file };
	const { code, stderr } = await runCli(["serve"], { env });
	assert.equal(code, 2, stderr);
	assert.match(stderr, /is not a file of tokens: line 2 must/);
	assert.doesNotMatch(stderr, /hidden/);
});

test("cli serve: a port that is taken ends it with 1", async () => {
	const other = createServer().listen(0, "127.0.0.1");
	await once(other, "listening");
	end.after(() => void other.close());
	const { port } = other.address() as AddressInfo;
	const env = { ...away, HTTP_PORT: String(port) };
	const { code, stderr } = await runCli(["serve"], { env });
	assert.equal(code, 1, stderr);
	assert.match(stderr, /EADDRINUSE/);
});
