import assert from "node:assert/strict";
import { test } from "node:test";
import { answerAlike } from "../support/answer-alike.ts";
import { runCli } from "../support/run-cli.ts";

test("cli plans list: what has been stuck longest comes first by progress, unless asked otherwise, and of open plans alone by --open", async () => {
	const seen: string[] = [];
	const body = { plans: [], next_cursor: null, complete: true, missing: [] };
	const url = await answerAlike({ status: 200, body }, seen);
	const env = { ORCHESTRATOR_URL: url };
	const orderOf = async (...args: string[]) => {
		const list = ["plans", "list", ...args];
		const { code, stderr } = await runCli(list, { env });
		assert.equal(code, 0, stderr);
		const target = new URL(seen.at(-1)?.split(" ")[1] ?? "", url);
		return target.searchParams.get("order");
	};
	assert.equal(await orderOf("--sort", "progress"), "asc");
	assert.equal(await orderOf("--sort", "progress", "--order", "desc"), "desc");
	assert.equal(await orderOf("--sort", "slack"), null);
	assert.equal(await orderOf("--order", "asc"), "asc");
	assert.doesNotMatch(seen.at(-1) ?? "", /open/);
	await orderOf("--open");
	assert.match(seen.at(-1) ?? "", /[?&]open=true\b/);
});
