import assert from "node:assert/strict";
import { test } from "node:test";
import { answerAlike } from "../cli/support/answer-alike.ts";
import { sampleJob, sampleVersion } from "../cli/support/ml-screens.ts";
import { runCli } from "../cli/support/run-cli.ts";

const details = {
	...{ name: sampleVersion.name, champion: 4, challenger: null },
	...{ predictor_version: null, versions: [sampleVersion] },
};

async function run(body: object, ...args: string[]) {
	const seen: string[] = [];
	const url = await answerAlike({ status: 200, body }, seen);
	const ended = await runCli(["--url", url, ...args]);
	return { ...ended, seen: seen.map((line) => line.replace(/ \S+$/, "")) };
}
const MODEL = "/api/v1/ml/models/ticket-duration-predictor";
const because = ["--reason", "r"];

test("cli ml promote, rollback: each asks for itself, with a reason, and shows the model then", async () => {
	const promoted = await run(details, "ml", "promote", "4", ...because);
	assert.equal(promoted.code, 0, promoted.stderr);
	assert.deepEqual(promoted.seen, [`POST ${MODEL}/promote`, `GET ${MODEL}`]);
	assert.match(promoted.stdout, /@4 champion/);
	const back = await run(details, "ml", "rollback", ...because);
	assert.deepEqual(back.seen, [`POST ${MODEL}/rollback`]);
	const unreasoned = await run(details, "ml", "rollback");
	assert.deepEqual([unreasoned.code, unreasoned.seen], [2, []]);
});

test("cli ml train: it waits for what comes of it, and a failed training fails", async () => {
	const done = await run(sampleJob, "ml", "train", "--wait", ...because);
	assert.equal(done.code, 0, done.stderr);
	assert.deepEqual(done.seen, [
		"POST /api/v1/ml/train",
		"GET /api/v1/ml/train/ml-train-7",
	]);
	assert.match(done.stdout, /promoted: 34\.4 %/);
	const failed = {
		...sampleJob,
		status: "failed",
		result: null,
		error: "heap",
	};
	const { code, stdout } = await run(failed, "ml", "train", ...because);
	assert.equal(code, 1);
	assert.match(stdout, /heap/);
});

test("cli ml: reads, as text and as JSON", async () => {
	const drift = {
		...{ overall_status: "ok", model: null, timestamp: null },
		...{ types: [], recommendations: [] },
	};
	const { stdout, seen } = await run(drift, "ml", "drift", "--json");
	assert.equal(JSON.parse(stdout).overall_status, "ok");
	assert.deepEqual(seen, ["GET /api/v1/ml/drift"]);
	const none = await run({ models: [] }, "ml", "models");
	assert.match(none.stdout, /no model yet/);
	const one = await run(details, "ml", "models", sampleVersion.name);
	assert.deepEqual(one.seen, [`GET ${MODEL}`]);
});

test("cli replay --decisions: by the name of the plan's workflow, of a stored plan only", async () => {
	const plan = {
		...{ plan_id: "deploy-42", total: 0, workers: 2, tickets: [] },
		policy: { outcome: null, denied_tasks: [], plan_from: "tickets" },
	};
	const { seen, stdout } = await run(
		plan,
		...["replay", "orch-deploy-42", "--decisions"],
	);
	assert.deepEqual(seen, ["GET /api/v1/ml/plans/deploy-42/decisions"]);
	assert.match(stdout, /policies: not asked/);
	const refused = await run(
		plan,
		...["replay", "x", "--decisions", "--file", "y"],
	);
	assert.deepEqual([refused.code, refused.seen], [2, []]);
});
