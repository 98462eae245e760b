import assert from "node:assert/strict";
import { test } from "node:test";
import { answerAlike } from "./support/answer-alike.ts";
import { runCli } from "./support/run-cli.ts";

test("cli audit verify: a telemetry frame's word is passed on, with its plan", async () => {
	const seen: string[] = [];
	const body = { ok: true, plans: 1, records: 5, faults: [] };
	const url = await answerAlike({ status: 200, body }, seen);
	const env = { ORCHESTRATOR_URL: url };
	const head = ["--head", `7:5:${"a".repeat(64)}`];
	const done = await runCli(["audit", "verify", "p", ...head], { env });
	assert.equal(done.code, 0, done.stderr);
	const { searchParams } = new URL(seen[0]?.split(" ")[1] ?? "", url);
	assert.deepEqual(
		[...searchParams],
		[
			["plan_id", "p"],
			["head", head[1]],
		],
	);
	const unnamed = await runCli(["audit", "verify", ...head], { env });
	assert.equal(unnamed.code, 2);
	assert.match(unnamed.stderr, /what to do: name the plan/);
});
