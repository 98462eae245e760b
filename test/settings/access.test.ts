import assert from "node:assert/strict";
import { test } from "node:test";
import { explainConfig, loadConfig } from "../../src/config.ts";

const servers = {
	KAFKA_BOOTSTRAP_SERVERS: "kafka:9092",
	MONGODB_URI: "mongodb://mongodb:27017",
	REDIS_CLUSTER_NODES: "redis:6379",
};
const load = (env: Record<string, string>) =>
	loadConfig({ ...servers, ...env });

test("access: none only where nobody else can reach it, unless forced", () => {
	for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"]) {
		const { access } = load({ HTTP_HOST: host });
		assert.deepEqual(access, { mode: "none", anyHost: false });
	}
	for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.evil.example"]) {
		assert.throws(
			() => load({ HTTP_HOST: host }),
			/AUTH_MODE is "none" and HTTP_HOST is ".*AUTH_NONE_FORCE=true/,
			host,
		);
	}
	const forced = load({ HTTP_HOST: "0.0.0.0", AUTH_NONE_FORCE: "true" });
	assert.deepEqual(forced.access, { mode: "none", anyHost: true });
});

test("access: each mode names everything it needs at once", () => {
	assert.throws(
		() => load({ AUTH_MODE: "token" }),
		/API_TOKENS_FILE is not set; AUTH_MODE=token needs it; for example API_TOKENS_FILE=\//,
	);
	assert.throws(
		() => load({ AUTH_MODE: "jwt", HTTP_HOST: "0.0.0.0" }),
		/AUTH_JWT_JWKS_URL[\s\S]*AUTH_JWT_ISSUER[\s\S]*AUTH_JWT_AUDIENCE/,
	);
	const { access } = load({
		AUTH_MODE: "jwt",
		HTTP_HOST: "0.0.0.0",
		AUTH_JWT_JWKS_URL: "https://id/jwks.json",
		AUTH_JWT_ISSUER: "https://id",
		AUTH_JWT_AUDIENCE: "orchestrator",
	});
	assert.deepEqual(access, {
		mode: "jwt",
		jwksUrl: "https://id/jwks.json",
		issuer: "https://id",
		audience: "orchestrator",
		rolesClaim: "roles",
		nameClaim: "sub",
	});
});

test("access: files and addresses that are none are named with all other problems", () => {
	const problemsOf = (env: Record<string, string>) =>
		explainConfig({ ...servers, ...env }).problems.join("\n");
	const problems = problemsOf({
		HTTP_PORT: "x",
		AUTH_MODE: "token",
		API_TOKENS_FILE: "/absent/tokens",
		AUTH_JWT_JWKS_URL: "https://[",
		KAFKA_SCHEMA_REGISTRY_URL: "http://me:hidden@[",
		HTTP_TRUSTED_PROXIES: "10.0.0.0/99",
	});
	for (const expected of [
		/^HTTP_PORT is "x"/m,
		/^API_TOKENS_FILE is "\/absent\/tokens", which cannot be read: ENOENT/m,
		/^AUTH_JWT_JWKS_URL is "https:\/\/\["; it must be: an http or https URL/m,
		/^KAFKA_SCHEMA_REGISTRY_URL is "http:\/\/\*\*\*@\["/m,
		/^HTTP_TRUSTED_PROXIES is "10.0.0.0\/99"; it must be: addresses or net/m,
	]) {
		assert.match(problems, expected);
	}
	for (const proxies of [
		"10.0.0.1/0",
		"10.0.0",
		"::1/129",
		"10.0.0.1/",
		"1/2/3",
	])
		assert.match(problemsOf({ HTTP_TRUSTED_PROXIES: proxies }), /HTTP_TRUSTED/);
	const good = "10.0.0.0/8, 192.168.1.1,fd00::/8 , ::1";
	assert.equal(problemsOf({ HTTP_TRUSTED_PROXIES: good }), "");
});

test("http: origins and proxies are lists, and must be what they are called", () => {
	const { http } = load({
		HTTP_CORS_ORIGINS: "https://a.example, http://localhost:3000",
		HTTP_TRUSTED_PROXIES: "10.0.0.0/8,::1",
	});
	assert.deepEqual(http.corsOrigins, [
		"https://a.example",
		"http://localhost:3000",
	]);
	assert.deepEqual(http.trustedProxies, ["10.0.0.0/8", "::1"]);
	assert.throws(() => load({ HTTP_CORS_ORIGINS: "*" }), /HTTP_CORS_ORIGINS/);
	assert.throws(
		() => load({ HTTP_CORS_ORIGINS: "https://a.example/" }),
		/HTTP_CORS_ORIGINS/,
	);
});
