import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { artifacts } from "../../stack/artifacts.ts";
import { cacheDirectory } from "../../stack/download-cache.ts";

const root = path.join(import.meta.dirname, "../..");

test("bootstrap: names everything that is missing, at once", (t) => {
	const { code, output } = bootstrap({ ...emptyMachine(t) });
	assert.equal(code, 1);
	assert.match(output, /^missing on this machine:/);
	assert.match(output, /a Java JDK, 17 or newer/);
	assert.match(output, /Maven/);
	assert.match(output, /Python 3 with pip/);
});

test("bootstrap: with a filled cache only Java is needed", (t) => {
	const env = emptyMachine(t);
	for (const { name, version } of Object.values(artifacts)) {
		mkdirSync(path.join(cacheDirectory(env), `${name}-${version}`));
	}
	const { code, output } = bootstrap(env);
	assert.equal(code, 1);
	assert.match(output, /Java/);
	assert.doesNotMatch(output, /- (Maven|Python)/);
});

test("bootstrap: with all addresses given nothing is needed", (t) => {
	const addresses = Object.values(artifacts).map(({ variable }) => [
		variable,
		"127.0.0.1:1",
	]);
	const given = Object.fromEntries(addresses);
	const { code, output } = bootstrap({ ...emptyMachine(t), ...given });
	assert.equal(code, 0);
	assert.match(output, /^npm run stack/);
});

/** The environment of a machine with no program on PATH and nothing in the cache. */
function emptyMachine(t: TestContext): NodeJS.ProcessEnv {
	const folder = mkdtempSync(path.join(tmpdir(), "empty-machine-"));
	t.after(() => rmSync(folder, { recursive: true }));
	return { PATH: folder, ORCHESTRATOR_CACHE_DIR: folder };
}

/** Asks for the usage of the stack only, so that nothing starts where nothing is missing. */
function bootstrap(env: NodeJS.ProcessEnv): { code: number; output: string } {
	const args = ["bootstrap.mjs", "stack/main.ts", "--help"];
	const options = { cwd: root, env, encoding: "utf8" } as const;
	const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
	return { code: status ?? -1, output: stdout + stderr };
}
