import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { explainConfig, loadConfig } from "../../src/config.ts";

const required = {
	KAFKA_BOOTSTRAP_SERVERS: "k1:9092",
	MONGODB_URI: "mongodb://m:27017",
	REDIS_CLUSTER_NODES: "r:6379",
};

/** A directory with these files, gone with the test. */
function directoryWith(
	t: TestContext,
	files: Record<string, string | Buffer>,
): string {
	const directory = mkdtempSync(path.join(tmpdir(), "settings-"));
	t.after(() => rmSync(directory, { recursive: true }));
	for (const [name, text] of Object.entries(files)) {
		writeFileSync(path.join(directory, name), text);
	}
	return directory;
}

function settingOf(
	env: Record<string, string>,
	directory: string,
	name: string,
) {
	const { settings } = explainConfig(env, directory);
	const found = settings.find((setting) => setting.name === name);
	assert.ok(found, name);
	return found;
}

function problemsOf(env: Record<string, string>, directory?: string): string {
	return explainConfig(env, directory).problems.join("\n");
}

test("sources: the environment goes before .env, .env before the default", (t) => {
	const directory = directoryWith(t, {
		".env": "HTTP_PORT=1111\nLOG_LEVEL=debug\n# a comment\nMONGODB_URI=\n",
	});
	const env = { ...required, HTTP_PORT: "2222" };
	const config = loadConfig(env, directory);
	assert.equal(config.http.port, 2222);
	assert.equal(config.logLevel, "debug");
	assert.equal(loadConfig(env).logLevel, "info");
	const sourceOf = (name: string) => settingOf(env, directory, name).source;
	assert.equal(sourceOf("HTTP_PORT"), "environment");
	assert.equal(sourceOf("LOG_LEVEL"), ".env");
	assert.equal(sourceOf("MONGODB_URI"), "environment");
	assert.equal(sourceOf("HTTP_HOST"), "default");
	assert.equal(sourceOf("REDIS_PASSWORD"), "unset");
	assert.equal(settingOf(env, directory, "LOG_LEVEL").value, "debug");
	assert.equal(
		settingOf(env, directory, "LOG_LEVEL").origin,
		"LOG_LEVEL in .env",
	);
});

test("sources: ENV_FILE names another file, or none; a file that is named must be there", (t) => {
	const directory = directoryWith(t, {
		".env": "HTTP_PORT=1111",
		other: "HTTP_PORT=3333",
	});
	const portWith = (ENV_FILE: string) =>
		loadConfig({ ...required, ENV_FILE }, directory).http.port;
	assert.equal(portWith("other"), 3333);
	assert.equal(portWith("none"), 8080);
	assert.match(
		problemsOf({ ...required, ENV_FILE: "absent" }, directory),
		/ENV_FILE is "absent", which cannot be read: ENOENT/,
	);
});

test("sources: a secret comes from a file, and is not shown", (t) => {
	const directory = directoryWith(t, {
		password: "hidden\n",
		uri: "mongodb://me:hidden@m:27017\n",
	});
	const env = {
		KAFKA_BOOTSTRAP_SERVERS: "k1:9092",
		REDIS_CLUSTER_NODES: "r:6379",
		MONGODB_URI_FILE: path.join(directory, "uri"),
		REDIS_PASSWORD_FILE: path.join(directory, "password"),
	};
	const config = loadConfig(env);
	assert.equal(config.redis.password, "hidden");
	assert.equal(config.mongodb.uri, "mongodb://me:hidden@m:27017");
	const password = settingOf(env, directory, "REDIS_PASSWORD");
	assert.equal(password.value, "***");
	assert.equal(password.source, "file");
	assert.equal(
		password.origin,
		`REDIS_PASSWORD_FILE=${path.join(directory, "password")}`,
	);
	assert.equal(
		settingOf(env, directory, "MONGODB_URI").value,
		"mongodb://***@m:27017",
	);
	assert.doesNotMatch(JSON.stringify(explainConfig(env)), /hidden/);
});

test("sources: a byte-order mark is no part of .env or a secret; bytes that are no UTF-8 are a problem", (t) => {
	const directory = directoryWith(t, {
		".env": "\ufeffHTTP_PORT=1111\nLOG_LEVEL=debug\n",
		password: "\ufeffhidden\n",
		latin: Buffer.from("geheimnis-\xfc", "latin1"),
	});
	const fileOf = (name: string) => path.join(directory, name);
	const env = { ...required, REDIS_PASSWORD_FILE: fileOf("password") };
	const config = loadConfig(env, directory);
	assert.deepEqual([config.http.port, config.logLevel], [1111, "debug"]);
	assert.equal(config.redis.password, "hidden");
	assert.match(
		problemsOf({ ...required, REDIS_PASSWORD_FILE: fileOf("latin") }),
		/REDIS_PASSWORD is to come from .*, which cannot be read: .*no UTF-8/,
	);
	assert.match(
		problemsOf({ ...required, ENV_FILE: "latin" }, directory),
		/ENV_FILE is "latin", which cannot be read: .*no UTF-8/,
	);
});

test("sources: the environment's own value goes before a file that .env names", (t) => {
	const directory = directoryWith(t, {
		password: "from the file",
		".env": "REDIS_PASSWORD_FILE=password",
	});
	const env = { ...required, REDIS_PASSWORD: "mine" };
	assert.equal(loadConfig(env, directory).redis.password, "mine");
});

test("sources: a secret that cannot be had from its file is named with the others", (t) => {
	const directory = directoryWith(t, { empty: "\n", uri: "postgres://x" });
	const problems = problemsOf({
		KAFKA_BOOTSTRAP_SERVERS: "no address",
		REDIS_CLUSTER_NODES: "r:6379",
		REDIS_PASSWORD_FILE: path.join(directory, "empty"),
		MONGODB_URI_FILE: path.join(directory, "uri"),
		KAFKA_SCHEMA_REGISTRY_URL: "http://r",
		KAFKA_SCHEMA_REGISTRY_URL_FILE: path.join(directory, "absent"),
	});
	for (const expected of [
		/KAFKA_BOOTSTRAP_SERVERS is "no address"/,
		/REDIS_PASSWORD is to come from REDIS_PASSWORD_FILE=\S+empty, which is empty/,
		/MONGODB_URI is "postgres:\/\/x" \(from MONGODB_URI_FILE=\S+uri\)/,
		/KAFKA_SCHEMA_REGISTRY_URL and KAFKA_SCHEMA_REGISTRY_URL_FILE are both set/,
	]) {
		assert.match(problems, expected);
	}
	assert.match(
		problemsOf({ ...required, REDIS_PASSWORD_FILE: "/absent" }),
		/cannot be read: ENOENT.*for example REDIS_PASSWORD=secret/,
	);
});

test("sources: a name that is nearly a setting's is pointed at", (t) => {
	const directory = directoryWith(t, { ".env": "HTTP_PROT=1\nUNRELATED=1" });
	const { warnings } = explainConfig(
		{ ...required, KAFKA_BOOTSTRAP_SERVER: "k:1", PATH: "/bin", HOME: "/" },
		directory,
	);
	assert.deepEqual(warnings, [
		"HTTP_PROT is no setting and has no effect; did you mean HTTP_PORT?",
		"KAFKA_BOOTSTRAP_SERVER is no setting and has no effect; did you mean KAFKA_BOOTSTRAP_SERVERS?",
	]);
});
