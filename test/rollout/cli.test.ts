import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import type { RolloutState } from "../../src/domain/rollout/state.ts";
import { viewOf } from "../../src/domain/rollout/view.ts";
import { answerAlike } from "../cli/support/answer-alike.ts";
import { runCli } from "../cli/support/run-cli.ts";
import { rolloutOf } from "../support/rollouts.ts";

const folder = mkdtempSync(path.join(tmpdir(), "rollout-"));

function fileOf(spec: object): string {
	const file = path.join(folder, "release.json");
	writeFileSync(file, JSON.stringify(spec));
	return file;
}

async function run(state: Partial<RolloutState>, ...args: string[]) {
	const view = viewOf({ state: { ...rolloutOf(), ...state }, look: null }, 1);
	const seen: string[] = [];
	const url = await answerAlike({ status: 200, body: view }, seen);
	const ended = await runCli(["--url", url, "rollout", ...args]);
	return { ...ended, seen };
}

const statuses: [phase: Partial<RolloutState>, code: number][] = [
	[{ phase: "Healthy" }, 0],
	[{ phase: "Degraded" }, 1],
	[{ phase: "Cancelled" }, 1],
	[{ phase: "Paused", pauseReason: "Manual" }, 2],
	[{ phase: "Progressing" }, 3],
];
for (const [state, code] of statuses)
	test(`cli rollout status: ${state.phase} ends with ${code}`, async () => {
		const wait = ["--wait", "--give-up-after", "100ms"];
		const { code: ended, stdout } = await run(
			state,
			"status",
			"orchestrator",
			...wait,
		);
		assert.equal(ended, code, stdout);
		assert.match(stdout, new RegExp(state.phase ?? ""));
	});

test("cli rollout get: text and JSON are of one document", async () => {
	const { stdout, code } = await run(
		{ phase: "Progressing" },
		"get",
		"orchestrator",
		"--json",
	);
	assert.equal(code, 0);
	assert.equal(JSON.parse(stdout).phase, "Progressing");
	const text = await run({ phase: "Progressing" }, "get", "orchestrator");
	assert.match(text.stdout, /Status: +◌ Progressing/);
});

test("cli rollout: each verb asks for itself, with a reason", async () => {
	const reason = ["--reason", "r"];
	for (const args of [
		["pause", "d"],
		["resume", "d"],
		["abort", "d"],
		["retry", "d"],
		["approve", "d"],
		["promote", "d", "--full"],
		["undo", "d", "--to", "b1"],
		["set-weight", "d", "10"],
	]) {
		const { seen, code, stderr } = await run({}, ...args, ...reason);
		assert.equal(code, 0, stderr);
		assert.match(seen[1] ?? "", /^POST \/api\/v1\/rollouts\/[-\w]+\/commands/);
	}
	const unreasoned = await run({}, "abort", "d");
	assert.deepEqual([unreasoned.code, unreasoned.seen], [2, []]);
});

test("cli rollout lint: names the field, and asks nobody", async () => {
	const good = { deployment: "d", target: { buildId: "b" } };
	assert.equal((await runCli(["rollout", "lint", "-f", fileOf(good)])).code, 0);
	const late = { ...good, steps: [{ ramp: 5 }, { promote: {}, soak: "1m" }] };
	const refused = await runCli(["rollout", "lint", "-f", fileOf(late)]);
	assert.equal(refused.code, 1);
	assert.match(refused.stdout, /\$\.body\.steps\[1\]\.soak is for ramps only/);
	const odd = await runCli([
		"rollout",
		"lint",
		"-f",
		fileOf({ ...good, target: {} }),
	]);
	assert.equal(odd.code, 1);
	assert.match(odd.stdout, /\$\.body\.target/);
});

test("cli rollout start: a file, or a deployment and a build", async () => {
	const started = await run({}, "start", "orchestrator", "b2", "--reason", "r");
	assert.equal(started.code, 0, started.stderr);
	assert.match(started.seen[0] ?? "", /^POST \/api\/v1\/rollouts /);
	assert.equal((await run({}, "start", "--reason", "r")).code, 2);
});
