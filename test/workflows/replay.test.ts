import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { runReplays } from "../../src/temporal/replay-history.ts";

const folder = path.join(import.meta.dirname, "..", "histories");

test("replay: today's code takes every recorded history as its own", async () => {
	const names = historyNames();
	assert.ok(names.length >= 5, "there are histories to replay");
	const histories = names.map((name) => ({
		workflowId: "orch-recorded",
		history: JSON.parse(
			readFileSync(path.join(folder, name), "utf8"),
		) as unknown,
	}));
	const results = await runReplays(histories);
	let index = 0;
	for await (const { error } of results) {
		assert.equal(error, undefined, names[index]);
		index += 1;
	}
	assert.equal(index, names.length);
});

test("recorded histories name no folder of the machine they were made on", () => {
	for (const name of historyNames())
		assert.doesNotMatch(
			readFileSync(path.join(folder, name), "utf8"),
			/at [^\n"]{0,80}\((file:\/\/)?\//,
			name,
		);
});

/** Paths below the folder: each issue has a folder of its own, the first issues have none. */
function historyNames(): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
		(name) => name.endsWith(".json"),
	);
}
