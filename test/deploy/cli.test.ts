import assert from "node:assert/strict";
import { test } from "node:test";
import { answerAlike } from "../cli/support/answer-alike.ts";
import { runCli } from "../cli/support/run-cli.ts";
import { emptyDeploy, emptyFeatures } from "../support/empty-capabilities.ts";

async function run(body: object, ...args: string[]) {
	const seen: string[] = [];
	const url = await answerAlike({ status: 200, body }, seen);
	return { ...(await runCli(["--url", url, "deploy", ...args])), seen };
}

test("cli deploy status: who has the requests, how well both are, and what is wrong", async () => {
	const instance = { side: "blue", port: 8791, build_id: "1.4", score: 100 };
	const { stdout, code } = await run(
		{
			...(await emptyDeploy.status()),
			...{ mode: "bluegreen", active_side: "blue" },
			instances: [
				{ ...instance, detail: "" },
				{ ...instance, side: "green", build_id: null, detail: "is away" },
			],
			disabled_features: ["embedded_policy"],
			notes: ["the last release is not known"],
		},
		"status",
	);
	assert.equal(code, 0);
	assert.match(
		stdout,
		/blue on port 8791 has the requests: build 1.4, health 100/,
	);
	assert.match(stdout, /green on port 8791 stands by: is away/);
	assert.match(stdout, /features that are off: embedded_policy/);
	assert.match(stdout, /note: the last release is not known/);
});

test("cli deploy bluegreen: needs a build and a reason; says what began", async () => {
	const asked = { build_id: "1.5", dry_run: true };
	const release = await emptyDeploy.blueGreen(asked, {
		actor: "a",
		reason: "r",
	});
	const args = ["bluegreen", "--build", "1.5", "--dry-run"];
	assert.equal((await run(release, ...args)).code, 2);
	const { stdout, code, seen } = await run(release, ...args, "--reason", "try");
	assert.equal(code, 0);
	assert.match(stdout, /dry run of a release orchestrator-1 of build 1.5/);
	assert.match(seen.join("\n"), /deploy\/bluegreen/);
});

test("cli deploy canary: the report has both arms with numbers; a reset names a feature of ours", async () => {
	const arm = { calls: 8, failures: 1, error_rate: 0.125, mean_ms: 2 };
	const features = [
		{
			...{ feature: "embedded_policy", resets: 0, canary: arm },
			stable: { calls: 0, failures: 0, error_rate: null, mean_ms: null },
			disabled: {
				...{ at: 1, calls: 8, failures: 1, by: "ada", reason: "differs" },
			},
		},
	];
	const report = {
		...(await emptyFeatures.report(1)),
		enabled: true,
		features,
	};
	const { stdout } = await run(report, "canary", "report");
	assert.match(stdout, /20 % of the plans get them/);
	assert.match(stdout, /embedded_policy is off for all/);
	assert.match(stdout, /by ada: differs/);
	assert.match(stdout, /with it +1 of 8 calls failed \(12.5 %\), 2 ms/);
	assert.match(stdout, /without it +no calls/);
	const unknown = ["canary", "reset", "vision", "--reason", "x"];
	assert.equal((await run({}, ...unknown)).code, 2);
});
