import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parseEnv } from "node:util";
import { chartSchema } from "../../docs/chart-schema.ts";
import { envExample, withConfiguration } from "../../docs/configuration.ts";
import { loadConfig } from "../../src/config.ts";
import { settingsSchema } from "../../src/config-schema.ts";
import { readSettings } from "../../src/settings/read-settings.ts";

const read = (name: string) =>
	readFileSync(path.join(import.meta.dirname, "../..", name), "utf8");

test("docs: README.md tells the settings there are; else run npm run docs", () => {
	const readme = read("README.md");
	assert.equal(readme, withConfiguration(readme));
});

test("docs: .env.example tells the settings there are; else run npm run docs", () => {
	assert.equal(read(".env.example"), envExample());
});

test("docs: the chart's schema has the settings there are; else run npm run docs", () => {
	const schema = JSON.parse(read("helm/values.schema.json"));
	assert.deepEqual(schema, JSON.parse(JSON.stringify(chartSchema())));
});

test("docs: .env.example is an environment the service starts with", () => {
	loadConfig(parseEnv(read(".env.example")));
	const all = read(".env.example").replaceAll(/^#([A-Z])/gm, "$1");
	assert.ok(Object.keys(parseEnv(all)).length > 40);
	const environment = parseEnv(all);
	// Not all of them go together.
	const { problems } = readSettings(settingsSchema, { environment });
	assert.deepEqual(problems, []);
});
