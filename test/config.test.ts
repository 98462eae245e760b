import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadConfig } from "../src/config.ts";
import { settingsSchema } from "../src/config-schema.ts";
import {
	describeRule,
	settingFacts,
} from "../src/settings/describe-setting.ts";
import { readSettings } from "../src/settings/read-settings.ts";

const required = {
	KAFKA_BOOTSTRAP_SERVERS: "k1:9092, k2:9092",
	MONGODB_URI: "mongodb://m:27017",
	REDIS_CLUSTER_NODES: "r:6379",
};

function messageOf(env: Record<string, string>): string {
	try {
		loadConfig(env);
	} catch (error) {
		return (error as Error).message;
	}
	return "";
}

test("config: needs three addresses, everything else has a default", () => {
	const config = loadConfig(required);
	assert.deepEqual(config.kafka.brokers, ["k1:9092", "k2:9092"]);
	assert.deepEqual(config.roles, ["api", "intake", "worker"]);
	assert.equal(config.http.host, "127.0.0.1");
	assert.equal(config.http.port, 8080);
	assert.equal(config.temporal.address, "127.0.0.1:7233");
	assert.equal(config.plan.ticketMaxAttempts, 2);
});

test("config: the version is that of the package", () => {
	const { version } = JSON.parse(readFileSync("package.json", "utf8"));
	assert.equal(loadConfig(required).service.version, version);
});

test("config: names every problem at once, with rule and example", () => {
	const message = messageOf({
		HTTP_PORT: "70000",
		ROLES: "api,cook",
		LOG_LEVEL: "loud",
		ORCHESTRATION_V2_ENABLED: "maybe",
		PLAN_MAX_TASKS: "1e3",
		MONGODB_URI: "postgres://x",
	});
	for (const expected of [
		/HTTP_PORT is "70000"; it must be: whole number from 0 to 65535; for example HTTP_PORT=8080/,
		/ROLES is "api,cook"/,
		/LOG_LEVEL is "loud"; it must be: one of trace, debug/,
		/ORCHESTRATION_V2_ENABLED is "maybe"; it must be: true or false/,
		/PLAN_MAX_TASKS is "1e3"/,
		/MONGODB_URI is "postgres:\/\/x"/,
		/KAFKA_BOOTSTRAP_SERVERS is not set/,
		/REDIS_CLUSTER_NODES is not set/,
	]) {
		assert.match(message, expected);
	}
});

test("config: shows no password", () => {
	for (const uri of ["mongo://me:hidden@m", "me:hid@den@m:27017"]) {
		const message = messageOf({ ...required, MONGODB_URI: uri });
		assert.match(message, /MONGODB_URI is ".*\*\*\*@/);
		assert.doesNotMatch(message, /hid/);
	}
});

test("config: reads values as people write them", () => {
	const config = loadConfig({
		...required,
		ROLES: "worker , api",
		LOG_LEVEL: "INFO",
		ORCHESTRATION_V2_ENABLED: "False",
		ORCHESTRATION_V2_PERCENTAGE: "12.5",
		TEMPORAL_HOST: "t:1234",
		TEMPORAL_PORT: "1",
		KAFKA_SCHEMA_REGISTRY_URL: "",
		UNKNOWN: "is ignored",
	});
	assert.deepEqual(config.roles, ["api", "worker"]);
	assert.equal(config.logLevel, "info");
	assert.deepEqual(config.versions, { v2Enabled: false, v2Percentage: 12.5 });
	assert.equal(config.temporal.address, "t:1234");
	assert.equal(config.kafka.schemaRegistryUrl, undefined);
});

test("config: every setting has a description, a rule, and an example that is right", () => {
	for (const { name, facts } of settingFacts(settingsSchema)) {
		assert.ok(facts.description.length > 10, name);
		assert.ok(describeRule(facts).length > 3, name);
		const environment = { ...required, [name]: facts.example };
		const { problems } = readSettings(settingsSchema, { environment });
		assert.deepEqual(problems, []);
	}
});
