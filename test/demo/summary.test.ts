import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanFacts } from "../../demo/judge.ts";
import {
	renderFaults,
	renderPlans,
	renderPointers,
} from "../../demo/summary.ts";

const fine: PlanFacts = {
	name: "delivered",
	plan_id: "demo-x-delivered",
	orchestrator_version: "V1",
	expected: "SUCCESS",
	status: "SUCCESS",
	ok: true,
	tickets: 202,
	retries: 0,
	to_tickets_ms: 1_234,
	to_done_ms: 65_000,
	faults: [],
};
const bad: PlanFacts = {
	...fine,
	name: "compensated",
	ok: false,
	status: "CANCELLED",
	to_tickets_ms: null,
	to_done_ms: null,
	faults: [
		"status: CANCELLED, expected SUCCESS",
		"tickets on the topic: 1, expected 4",
	],
};

test("renderPlans: fits 80 columns with the longest words there are", () => {
	const lines = renderPlans([fine, bad], 80);
	for (const line of lines) assert.ok(line.length <= 80, line);
	assert.match(
		lines[1] ?? "",
		/^✔ delivered +V1 +SUCCESS .* 202 +0 +1\.2 s +1 m 05 s$/,
	);
	assert.match(lines[2] ?? "", /^✘ compensated +V1 +CANCELLED .* - +-$/);
});

test("renderFaults: every fault is a line of its own", () => {
	assert.deepEqual(renderFaults([fine, bad], 80), [
		"✘ compensated: status: CANCELLED, expected SUCCESS",
		"✘ compensated: tickets on the topic: 1, expected 4",
	]);
});

const addresses = {
	...{ api: "http://a:1", kafka: "k:9092" },
	...{ temporalUi: undefined, serviceLog: "l" },
};

test("renderPointers: names only what there is", () => {
	const text = renderPointers(addresses, fine, true).join("\n");
	assert.match(text, /curl -s http:\/\/a:1\/api\/v1\/plans\/demo-x-delivered/);
	assert.doesNotMatch(text, /namespaces/);
	assert.match(text, /^Kafka +k:9092$/m);
	assert.match(text, /stack -- env.*publish docs\/tour\/deploy-42\.json/s);
	const ui = { ...addresses, temporalUi: "http://t:2" };
	const withUi = renderPointers(ui, fine, true).join("\n");
	assert.match(
		withUi,
		/http:\/\/t:2\/namespaces\/default\/workflows\/orch-demo-x-delivered/,
	);
});

test("renderPointers: what was stopped is said to be", () => {
	assert.match(
		renderPointers(addresses, fine, false).join("\n"),
		/stopped now.*--keep/,
	);
});
