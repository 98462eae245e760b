import assert from "node:assert/strict";
import { test } from "node:test";
import { keptSettings } from "../../docs/earlier-names.ts";
import { explainConfig, loadConfig } from "../../src/config.ts";
import { settingsSchema } from "../../src/config-schema.ts";
import { earlierSettings } from "../../src/settings/earlier-settings.ts";

const required = {
	KAFKA_BOOTSTRAP_SERVERS: "k1:9092",
	MONGODB_URI: "mongodb://m:27017",
	REDIS_CLUSTER_NODES: "r:6379",
};
const isSetting = (name: string) => name in settingsSchema.properties;

test("earlier settings: each of the 265 is a setting, or its fate is known", () => {
	const names = new Set([...keptSettings, ...Object.keys(earlierSettings)]);
	// The earlier service declared 268, three of them twice; eleven more it read without a declaration.
	assert.equal(names.size, 265 + 8);
	assert.deepEqual(
		keptSettings.filter((name) => !isSetting(name)),
		[],
	);
	// One that has come back moves from the table to the list of docs/earlier-names.ts.
	assert.deepEqual(Object.keys(earlierSettings).filter(isSetting), []);
});

test("earlier settings: a successor is a setting", () => {
	const successors = Object.values(earlierSettings).flatMap((fate) =>
		fate.kind === "successor" ? [fate.name] : [],
	);
	assert.ok(successors.length > 8);
	assert.deepEqual(
		successors.filter((name) => !isSetting(name)),
		[],
	);
});

test("earlier settings: one that is set and has no effect is named at start, in any capitals", () => {
	for (const name of Object.keys(earlierSettings)) {
		for (const written of [name, name.toLowerCase()]) {
			const { warnings } = loadConfig({ ...required, [written]: "x" });
			assert.equal(warnings.length, 1, written);
			assert.ok(warnings[0]?.startsWith(`${name} has no effect`), warnings[0]);
		}
	}
	const { warnings } = explainConfig({ kafka_tickets_topic: "t" });
	assert.match(warnings.join(), /write it in capitals, KAFKA_TICKETS_TOPIC/);
});

test("earlier settings: lists and tables mean what they did", () => {
	const config = loadConfig({
		...required,
		OPA_ALLOWED_CAPABILITIES: '["testing", "validation"]',
		OPA_ALLOWED_TENANTS: "[]",
		OPA_TENANT_RATE_LIMITS: '{"gold": 100, "silver": 10}',
		OPA_RBAC_ROLES: '{"dev@example.com": ["developer", "viewer"]}',
		SCHEDULER_AFFINITY_ANTI_AFFINITY_RISK_BANDS: '["critical"]',
		SCHEDULER_PRIORITY_WEIGHTS: '{"risk": 0.5, "qos": 0.25, "sla": 0.25}',
	});
	const { parameters, security } = config.policy ?? {};
	assert.deepEqual(parameters?.allowed_capabilities, ["testing", "validation"]);
	assert.deepEqual(security?.allowed_tenants, []);
	assert.deepEqual(security?.tenant_rate_limits, { gold: 100, silver: 10 });
	assert.deepEqual(security?.rbac_roles, {
		"dev@example.com": ["developer", "viewer"],
	});
	assert.deepEqual(config.scheduler.criticalRiskBands, ["critical"]);
	assert.equal(config.scheduler.priorityWeights.risk, 0.5);
});
