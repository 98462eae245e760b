import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { openServiceWorld } from "../e2e/support/service-world.ts";
import { runCli } from "./support/run-cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cli-"));
after(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, "tokens");
const args = ["token", "create", "--name", "eve", "--role", "viewer", "--json"];
const { token, record } = JSON.parse((await runCli(args)).stdout);
writeFileSync(file, `${JSON.stringify(record)}\n`);
const world = await openServiceWorld(
	{ after },
	{
		env: { AUTH_MODE: "token", API_TOKENS_FILE: file },
		agents: { count: 0 },
	},
);

async function orchestrator(words: string[], secret: string) {
	const env = {
		ORCHESTRATOR_URL: world.address(),
		ORCHESTRATOR_TOKEN: secret,
	};
	return await runCli(words, { env });
}

test("cli: a token that `token create` made opens the service", async () => {
	const { code, stderr } = await orchestrator(["plans", "list"], token);
	assert.equal(code, 0, stderr);
});

test("cli: without a token, with a wrong one or one too weak it ends with 5 and says what to do", async () => {
	const cancel = ["plans", "cancel", "p", "--reason", "a test asks"];
	const cases: [string[], string, RegExp][] = [
		[["plans", "list"], "", /ORCHESTRATOR_TOKEN/],
		[["plans", "list"], "orc_wrong", /ORCHESTRATOR_TOKEN/],
		[cancel, token, /operator/],
	];
	for (const [words, secret, said] of cases) {
		const { code, stderr } = await orchestrator(words, secret);
		assert.equal(code, 5, stderr);
		assert.match(stderr, said);
	}
});
