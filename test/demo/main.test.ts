import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { serverAddress } from "../support/server-address.ts";

const main = path.join(import.meta.dirname, "..", "..", "demo", "main.ts");
const TIMEOUT_MS = 240_000;

const planKeys = [
	"name",
	"plan_id",
	"orchestrator_version",
	"expected",
	"status",
	"ok",
	"tickets",
	"retries",
	"to_tickets_ms",
	"to_done_ms",
];

test("demo: every plan ends as expected, and the last line says so as JSON", async (t) => {
	// The servers of the test run are taken, so none is started.
	serverAddress("KAFKA_BOOTSTRAP_SERVERS");
	const directory = mkdtempSync(path.join(tmpdir(), "demo-"));
	t.after(() => rmSync(directory, { recursive: true }));
	const args = [main, "--json", "--directory", directory];
	const { stdout } = await promisify(execFile)(process.execPath, args, {
		timeout: TIMEOUT_MS,
	});
	const lines = stdout.trimEnd().split("\n");
	const facts = JSON.parse(lines.at(-1) ?? "");
	assert.equal(facts.ok, true);
	assert.equal(facts.plans.length, 15);
	for (const plan of facts.plans) {
		assert.deepEqual(Object.keys(plan), planKeys);
		assert.equal(plan.ok, true);
		assert.equal(plan.status, plan.expected);
	}
	for (const server of facts.servers) {
		assert.deepEqual(Object.keys(server), [
			"name",
			"kind",
			"address",
			"ready_ms",
		]);
	}
	assert.match(stdout, /every plan ended as expected/);
	assert.match(stdout, /in a cycle: a -> c -> b -> a/);
});
