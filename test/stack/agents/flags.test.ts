import assert from "node:assert/strict";
import { test } from "node:test";
import { readFlags } from "../../../stack/agents/flags.ts";

test("readFlags: addresses come from the service's own variables", () => {
	const reading = readFlags([], {
		KAFKA_BOOTSTRAP_SERVERS: "a:1,b:2",
		REDIS_CLUSTER_NODES: "c:3",
		KAFKA_TOPIC_PREFIX: "x.",
		API_URL: "http://d:4",
	});
	assert.ok(reading.kind === "options");
	const { settings, ...options } = reading.options;
	assert.deepEqual(options, {
		agents: 4,
		brokers: ["a:1", "b:2"],
		redisNodes: ["c:3"],
		topicNames: { prefix: "x." },
		apiUrl: "http://d:4",
	});
	assert.equal(settings?.concurrency, 10);
});

test("readFlags: the command line decides before the environment", () => {
	const args = ["--api", "http://e:5", "--retries", "sla", "--duration", "7"];
	const reading = readFlags(args, { API_URL: "http://d:4" });
	assert.ok(reading.kind === "options");
	assert.equal(reading.options.apiUrl, "http://e:5");
	assert.equal(reading.options.settings?.retries, "sla");
	assert.deepEqual(reading.options.settings?.durationMs, { min: 7, max: 7 });
});

test("readFlags: every problem is told at once", () => {
	const args = ["--agents", "none", "--failure-rate", "3", "--duration", "x"];
	const reading = readFlags(args, {});
	assert.ok(reading.kind === "problems");
	assert.deepEqual(reading.problems, [
		'--duration is "x"; write it as 50-250',
		'--failure-rate is "3"; it must be from 0 to 1',
		'--agents is "none"; it must be a whole number above 0',
	]);
});

test("readFlags: an unknown flag is a problem", () => {
	const reading = readFlags(["--agent", "4"], {});
	assert.ok(reading.kind === "problems");
	assert.match(reading.problems.join(), /--agent/);
});
