import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createSchemaRegistry } from "../../src/messaging/schema-registry.ts";
import { type Authority, createAuthority } from "../support/certificates.ts";
import { configured, fileWith, verdictOf } from "../support/configured.ts";
import { fileEnd } from "../support/file-end.ts";
import { openSchemaRegistry } from "../support/schema-registry.ts";
import { openTlsProxy } from "../support/tls-proxy.ts";

const end = fileEnd();
const CREDENTIALS = "me:secret";
let authority: Authority;
let address: string;
let expired: string;

before(async () => {
	authority = await createAuthority(end);
	const registry = await openSchemaRegistry(end);
	registry.interrupt = (request, response) => {
		const wanted = `Basic ${Buffer.from(CREDENTIALS).toString("base64")}`;
		if (request.headers.authorization === wanted) return false;
		response.writeHead(401);
		response.end(JSON.stringify({ error_code: 401, message: "Unauthorized" }));
		return true;
	};
	const target = new URL(registry.url).host;
	address = await openTlsProxy(end, {
		target,
		certificate: await authority.sign(),
	});
	expired = await openTlsProxy(end, {
		target,
		certificate: await authority.sign({ days: -1 }),
	});
});

const registryEnv = (url: string): Record<string, string> => ({
	KAFKA_SCHEMA_REGISTRY_URL: url,
	SCHEMA_REGISTRY_CA_BUNDLE: authority.certFile,
});

test("secure registry: TLS, user and password, the address from a file", async (t) => {
	const file = fileWith(t, `https://${CREDENTIALS}@${address}`);
	const { kafka } = configured({
		KAFKA_SCHEMA_REGISTRY_URL_FILE: file,
		SCHEMA_REGISTRY_CA_BUNDLE: authority.certFile,
	});
	const { schemaRegistryUrl = "", registryTls } = kafka;
	const registry = createSchemaRegistry(schemaRegistryUrl, registryTls);
	const id = await registry.register("test-value", '"string"');
	assert.equal((await registry.find(id)).kind, "avro");
});

test("secure registry: a wrong password, a wrong authority, an expired certificate name their settings", async (t) => {
	const wrong = registryEnv(`https://me:wrong@${address}`);
	const verdict = await verdictOf(wrong, "schema registry");
	assert.match(
		verdict,
		/^failed: .* refuses our credentials: check user and password in KAFKA_SCHEMA_REGISTRY_URL/,
	);
	assert.doesNotMatch(verdict, /wrong/);
	const right = registryEnv(`https://${CREDENTIALS}@${address}`);
	assert.match(await verdictOf(right, "schema registry"), /^ok/);
	const other = await createAuthority(t);
	assert.match(
		await verdictOf(
			{ ...right, SCHEMA_REGISTRY_CA_BUNDLE: other.certFile },
			"schema registry",
		),
		/not signed by an authority that we trust: set SCHEMA_REGISTRY_CA_BUNDLE/,
	);
	assert.match(
		await verdictOf(
			registryEnv(`https://${CREDENTIALS}@${expired}`),
			"schema registry",
		),
		/has expired: renew the server's certificate/,
	);
});
