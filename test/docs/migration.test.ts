import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { withPart } from "../../docs/configuration.ts";
import {
	collections,
	endpoints,
	keptMetrics,
	metrics,
	topics,
} from "../../docs/earlier-names.ts";
import { migrationTables } from "../../docs/migration-tables.ts";
import { createTopicTable } from "../../src/messaging/topics.ts";
import { indexes } from "../../src/storage/indexes.ts";
import { metricCatalogue } from "../../src/telemetry/catalogue.ts";
import { openHttp } from "../support/http.ts";

const file = new URL("../../docs/migration.md", import.meta.url);

test("docs: migration.md tells the names there are; else run npm run docs", () => {
	const text = readFileSync(file, "utf8");
	assert.equal(text, withPart(text, "names", migrationTables()));
});

test("docs: metrics that are said to be kept are declared, and so are the successors", () => {
	const names = new Set(metricCatalogue().map(({ name }) => name));
	const successors = metrics.flatMap(({ now }) =>
		[...now.matchAll(/`((?:orchestration|orchestrator|neural)_\w+)`/g)].map(
			([, name = ""]) => name,
		),
	);
	const missing = [...keptMetrics, ...successors].filter(
		(name) => !names.has(name),
	);
	assert.deepEqual(missing, []);
	assert.deepEqual(
		metrics.filter(({ name }) => names.has(name)),
		[],
	);
});

test("docs: topics, collections and routes that are said to be kept are there", async (t) => {
	const topicNames = Object.values(createTopicTable()).map(({ name }) => name);
	// Written by another service, or by its key alone.
	const others = ["cognitive_ledger"];
	const { app } = await openHttp(t);
	const routes = app.listedRoutes.map(({ url }) =>
		url.replace(/:(\w+)/g, "{$1}"),
	);
	const kept = (names: typeof topics) =>
		names.filter(({ now }) => /^kept/.test(now)).map(({ name }) => name);
	const missing = [
		...kept(topics).filter((name) => !topicNames.includes(name)),
		...kept(collections).filter(
			(name) => !(name in indexes) && !others.includes(name),
		),
		...kept(endpoints)
			.filter((name) => name.startsWith("/"))
			.filter((name) => !routes.includes(name)),
	];
	assert.deepEqual(missing, []);
});
