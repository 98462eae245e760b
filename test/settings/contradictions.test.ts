import assert from "node:assert/strict";
import { test } from "node:test";
import { explainConfig } from "../../src/config.ts";
import { createAuthority } from "../support/certificates.ts";
import { fileWith } from "../support/configured.ts";

const required = {
	KAFKA_BOOTSTRAP_SERVERS: "k1:9092",
	MONGODB_URI: "mongodb://m:27017",
	REDIS_CLUSTER_NODES: "r:6379",
};

function problemsOf(env: Record<string, string>): string[] {
	return explainConfig({ ...required, ...env }).problems;
}

const cases: { name: string; env: Record<string, string>; wanted: RegExp[] }[] =
	[
		{
			name: "SASL needs user and password",
			env: { KAFKA_SECURITY_PROTOCOL: "sasl_ssl" },
			wanted: [
				/^KAFKA_SASL_USERNAME is not set; KAFKA_SECURITY_PROTOCOL=SASL_SSL needs it/,
				/^KAFKA_SASL_PASSWORD is not set/,
			],
		},
		{
			name: "a worker registry that anybody may write to",
			env: {
				ROLES: "registry",
				SERVICE_REGISTRY_LISTEN_HOST: "0.0.0.0",
				SERVICE_REGISTRY_TOKEN: " ",
			},
			wanted: [
				/^SERVICE_REGISTRY_LISTEN_HOST is "0\.0\.0\.0", but SERVICE_REGISTRY_TOKEN is not set: .*; set the token/,
			],
		},
		{
			name: "a worker registry over TLS without a certificate",
			env: { ROLES: "registry", SERVICE_REGISTRY_TLS_ENABLED: "true" },
			wanted: [
				/^SERVICE_REGISTRY_TLS_ENABLED is true, but SERVICE_REGISTRY_CERTIFICATE_LOCATION is not set/,
			],
		},
		{
			name: "a build without a deployment",
			env: { WORKER_BUILD_ID: "1.0.0" },
			wanted: [/^WORKER_BUILD_ID is set, but WORKER_DEPLOYMENT_NAME is not/],
		},
		{
			name: "a worker of a deployment without a build",
			env: { WORKER_DEPLOYMENT_NAME: "orchestrator" },
			wanted: [/^WORKER_DEPLOYMENT_NAME is set, but WORKER_BUILD_ID is not/],
		},
		{
			name: "releases of no deployment",
			env: { ROLES: "rollout" },
			wanted: [/^ROLES names rollout, but WORKER_DEPLOYMENT_NAME is not set/],
		},
		{
			name: "an audit trail that would go before its plan",
			env: { RETENTION_AUDIT_DAYS: "10", RETENTION_PLANS_DAYS: "20" },
			wanted: [
				/^RETENTION_AUDIT_DAYS is 10, but RETENTION_PLANS_DAYS is 20; .* for example RETENTION_PLANS_DAYS=10/,
			],
		},
		{
			name: "an audit trail that would go, and its plan never",
			env: { RETENTION_AUDIT_DAYS: "10" },
			wanted: [
				/^RETENTION_AUDIT_DAYS is 10, but RETENTION_PLANS_DAYS is not set/,
			],
		},
		{
			name: "tokens that nobody could sign",
			env: { TICKET_JWT_ENABLED: "true" },
			wanted: [/^TICKET_JWT_ENABLED is true, but neither TICKET_JWT_KEYS/],
		},
		{
			name: "tokens with two signers, of which one would be refused",
			env: {
				TICKET_JWT_ENABLED: "true",
				TICKET_JWT_KEYS: "-----BEGIN PRIVATE KEY-----",
				TICKET_JWT_VAULT_URL: "https://vault:8200",
			},
			wanted: [
				/^TICKET_JWT_KEYS and TICKET_JWT_VAULT_URL are both set/,
				/^TICKET_JWT_VAULT_URL is set, but TICKET_JWT_VAULT_TOKEN_PATH/,
			],
		},
		{
			name: "tokens without keys",
			env: { TICKET_RESULT_TOKENS: "true" },
			wanted: [/^TICKET_RESULT_TOKENS is true, but TICKET_RESULT_TOKEN_KEYS/],
		},
		{
			name: "keys that are too short, or too many",
			env: {
				TICKET_RESULT_TOKENS: "true",
				TICKET_RESULT_TOKEN_KEYS: `${"k".repeat(32)},short`,
			},
			wanted: [
				/^TICKET_RESULT_TOKEN_KEYS is "\*\*\*"; it must be: one or two keys of at least 32/,
				/^TICKET_RESULT_TOKENS is true, but TICKET_RESULT_TOKEN_KEYS is not set/,
			],
		},
		{
			name: "a password that nobody is asked for",
			env: { KAFKA_SASL_USERNAME: "me", KAFKA_SASL_PASSWORD: "hidden" },
			wanted: [
				/^KAFKA_SASL_USERNAME is set, but KAFKA_SECURITY_PROTOCOL=PLAINTEXT sends no credentials/,
				/^KAFKA_SASL_PASSWORD is set/,
			],
		},
		{
			name: "certificates without TLS",
			env: { REDIS_SSL_SERVER_NAME: "redis.example.com" },
			wanted: [
				/^REDIS_SSL_SERVER_NAME is set, but Redis is not spoken to over TLS; set REDIS_SSL_ENABLED=true/,
			],
		},
		{
			name: "a key without TLS",
			env: { TEMPORAL_API_KEY: "hidden" },
			wanted: [
				/^TEMPORAL_API_KEY is set, but TEMPORAL_TLS_ENABLED is false; a key is sent over TLS only/,
			],
		},
		{
			name: "Avro without a registry",
			env: { APPROVAL_REQUESTS_FORMAT: "avro" },
			wanted: [
				/^APPROVAL_REQUESTS_FORMAT is avro, but KAFKA_SCHEMA_REGISTRY_URL is not set/,
			],
		},
	];

for (const { name, env, wanted } of cases) {
	test(`contradictions: ${name}`, () => {
		const problems = problemsOf(env);
		assert.equal(problems.length, wanted.length, problems.join("\n"));
		for (const [index, pattern] of wanted.entries()) {
			assert.match(problems[index] ?? "", pattern);
			assert.doesNotMatch(problems[index] ?? "", /hidden/);
		}
	});
}

test("contradictions: a certificate and its key come together, and belong together", async (t) => {
	const authority = await createAuthority(t);
	const [one, other] = [await authority.sign(), await authority.sign()];
	const half = problemsOf({
		REDIS_SSL_ENABLED: "true",
		REDIS_SSL_CERTIFICATE_LOCATION: one.certFile,
	});
	assert.match(
		half.join("\n"),
		/^REDIS_SSL_CERTIFICATE_LOCATION is set, but REDIS_SSL_KEY_LOCATION is not/,
	);
	const pair = (key: string) =>
		problemsOf({
			REDIS_SSL_ENABLED: "true",
			REDIS_SSL_CERTIFICATE_LOCATION: one.certFile,
			REDIS_SSL_KEY_LOCATION: key,
		});
	assert.deepEqual(pair(one.keyFile), []);
	assert.match(
		pair(other.keyFile).join("\n"),
		/^REDIS_SSL_KEY_LOCATION is ".*", which cannot be used: it is not the key of the certificate/,
	);
});

test("contradictions: files that are no certificates are named with all other problems", (t) => {
	const problems = problemsOf({
		HTTP_PORT: "x",
		MONGODB_TLS_ENABLED: "true",
		MONGODB_TLS_CA_LOCATION: "/absent.pem",
		REDIS_SSL_ENABLED: "true",
		REDIS_SSL_CA_LOCATION: fileWith(t, "no certificate"),
	}).join("\n");
	assert.match(problems, /HTTP_PORT is "x"/);
	assert.match(
		problems,
		/MONGODB_TLS_CA_LOCATION is "\/absent.pem", which cannot be used: ENOENT.*it must be: a PEM file; for example/,
	);
	assert.match(
		problems,
		/REDIS_SSL_CA_LOCATION is ".*", which cannot be used: there is no certificate in it/,
	);
});
