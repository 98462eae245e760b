import assert from "node:assert/strict";
import { test } from "node:test";
import { startSplit } from "../../src/domain/choose-version.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type { RoutingDocuments } from "../../src/rollout/routing-store.ts";
import {
	createRoutingView,
	whyRoutingIsOld,
} from "../../src/rollout/routing-view.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { metricValue, silentLog } from "../support/stores.ts";

const documents: RoutingDocuments = {
	split: {
		...{ _id: "split", revision: 4, changed_at: 1, actor: "ada", reason: "r" },
		body: {
			...{ enabled: true, percentage: 10, sticky_by: "plan", salt: "s" },
			...{ allow: [], deny: [] },
		},
	},
};
const start = startSplit({ v2Enabled: true, v2Percentage: 7 });
const away = async () => {
	throw new OrchestratorError("STORE_UNAVAILABLE", "mongodb is away");
};

test("routing view: with MongoDB away the last known routing stays, and its age is told", async () => {
	const metrics = createMetrics();
	let readAll: () => Promise<RoutingDocuments> = away;
	const view = createRoutingView({
		store: { readAll: () => readAll() },
		start,
		metrics,
		log: silentLog,
	});
	assert.deepEqual(await view.current(), { documents: {}, readAtMs: null });
	assert.match(
		whyRoutingIsOld(view.peek(), Date.now()) ?? "",
		/never read: the settings decide/,
	);
	const share = () => metricValue(metrics, "orchestration_v2_split_percent");
	assert.equal(await share(), 7);
	readAll = async () => documents;
	await view.refresh();
	assert.equal(await share(), 10);
	readAll = away;
	await view.refresh();
	const known = await view.current();
	assert.equal(known.documents.split?.revision, 4);
	assert.equal(whyRoutingIsOld(known, Date.now()), undefined);
	assert.match(
		whyRoutingIsOld(known, Date.now() + 30_000) ?? "",
		/30 s ago; what was known then stands: split 4/,
	);
	const labels = { subject: "split" };
	assert.equal(
		await metricValue(metrics, "orchestration_routing_revision", labels),
		4,
	);
});

test("routing view: a fault of this service is not taken for an outage", async () => {
	const view = createRoutingView({
		store: {
			readAll: async () => {
				throw new TypeError("a bug");
			},
		},
		start,
		metrics: createMetrics(),
		log: silentLog,
	});
	await assert.rejects(view.refresh(), TypeError);
});
