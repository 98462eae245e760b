import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readLockHolder, tryLock, withLock } from "../../stack/lock-file.ts";
import { makeDirectory } from "./support/launcher.ts";

test("tryLock: a living holder keeps it until the release", () => {
	const file = path.join(makeDirectory(), "a.lock");
	const first = tryLock(file);
	assert.equal(first.kind, "taken");
	assert.equal(tryLock(file).kind, "held");
	assert.equal(readLockHolder(file)?.pid, process.pid);
	if (first.kind === "taken") first.release();
	assert.equal(readLockHolder(file), undefined);
	assert.equal(tryLock(file).kind, "taken");
});

test("tryLock: the lock of a process that died is taken over, though its pid lives again", () => {
	const file = path.join(makeDirectory(), "a.lock");
	const dead = { pid: process.pid, startedAt: "an earlier process" };
	writeFileSync(file, JSON.stringify(dead));
	assert.equal(readLockHolder(file), undefined);
	assert.equal(tryLock(file).kind, "taken");
});

test("withLock: never two at once", async () => {
	const file = path.join(makeDirectory(), "a.lock");
	let insideCount = 0;
	const work = async () => {
		insideCount += 1;
		assert.equal(insideCount, 1);
		await new Promise(setImmediate);
		insideCount -= 1;
	};
	await Promise.all([1, 2, 3].map(() => withLock(file, work)));
});
