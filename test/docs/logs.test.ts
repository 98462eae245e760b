import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { loggedPlanEvents } from "../../src/telemetry/count-plans.ts";

const file = path.join(import.meta.dirname, "../../docs/logs.md");

test("docs/logs.md: its table has every event of a plan that is logged, and no other", () => {
	const [, table = ""] =
		/\| `event` \| Level .*\n.*\n((?:\|.*\n)+)/.exec(
			readFileSync(file, "utf8"),
		) ?? [];
	const named = table
		.split("\n")
		.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)])
		.map(([, name]) => name);
	assert.deepEqual(named.toSorted(), loggedPlanEvents.toSorted());
});
