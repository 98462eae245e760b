import assert from "node:assert/strict";
import { statSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { findStack } from "../../../stack/commands/running-stack.ts";
import { launchRedis, makeDirectory } from "../support/launcher.ts";

test("findStack: the usual one, else the one that runs; of several one must be named", async (t) => {
	const home = makeDirectory();
	const [usual, demo, other] = ["dev", "demo", "other"].map((name) =>
		path.join(home, name),
	) as [string, string, string];
	assert.equal(findStack(usual), usual, "none runs");
	await launchRedis(t, demo);
	assert.equal(findStack(usual), demo);
	await launchRedis(t, other);
	assert.throws(() => findStack(usual), /several stacks run.*demo.*other/s);
	await launchRedis(t, usual);
	assert.equal(findStack(usual), usual);
});

test("stack: nobody but its owner looks into its directory, nor into the .stack around it", async (t) => {
	const around = path.join(makeDirectory(), ".stack");
	const directory = path.join(around, "dev");
	await launchRedis(t, directory);
	for (const one of [around, directory]) {
		assert.equal(statSync(one).mode & 0o777, 0o700, one);
	}
});
