import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { haveTool } from "../../stack/ops-tools.ts";

const root = path.join(import.meta.dirname, "..", "..");
const [hadolint, shellcheck] = await Promise.all([
	haveTool("hadolint"),
	haveTool("shellcheck"),
]);

test("Dockerfile: hadolint finds nothing", { skip: hadolint.missing }, () => {
	execFileSync(hadolint.program, ["Dockerfile"], { cwd: root });
});

test("shell scripts: shellcheck finds nothing", {
	skip: shellcheck.missing,
}, () => {
	const scripts = [
		".ci/run",
		"stack/orchestrator.sh",
		"scripts/deploy",
		"scripts/validate",
		"deploy/canary_promote.sh",
		"deploy/canary_rollback.sh",
		"deploy/canary_steps.sh",
		"deploy/canary_observe.sh",
		"test/ops/kubectl.sh",
	];
	execFileSync(shellcheck.program, scripts, { cwd: root });
});

test("scripts/validate: exit 1 and the checks that failed, where nothing answers", () => {
	const { status, stdout } = spawnSync(
		path.join(root, "scripts/validate"),
		["--url", "http://127.0.0.1:1"],
		{ encoding: "utf8" },
	);
	assert.equal(status, 1, stdout);
	assert.match(stdout, /FAILED +the plan succeeds/);
	assert.match(stdout, /^8 checks failed$/m);
});

test("scripts/deploy: --dry-run prints every command and runs none; exit 2 without what it needs", () => {
	const deploy = (...args: string[]) =>
		spawnSync(path.join(root, "scripts/deploy"), args, { encoding: "utf8" });
	const { status, stdout } = deploy(
		...["--image", "r/x", "--tag", "1", "--values", "nowhere.yaml"],
		...["--secrets", "nowhere.env", "--dry-run"],
	);
	assert.equal(status, 0);
	const words = stdout.split("\n").map((line) => line.split(" ", 3).join(" "));
	assert.deepEqual(words.slice(0, 5), [
		...["+ docker build", "+ docker push", "+ kubectl create"],
		...["+ kubectl create", "+ helm upgrade"],
	]);
	assert.equal(deploy("--image", "r/x").status, 2);
});
