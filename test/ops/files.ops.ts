import { execFileSync } from "node:child_process";
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
	];
	execFileSync(shellcheck.program, scripts, { cwd: root });
});
