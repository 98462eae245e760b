import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { cacheDirectory, cached } from "../../stack/download-cache.ts";

const cache = mkdtempSync(path.join(tmpdir(), "cache-"));
process.env.ORCHESTRATOR_CACHE_DIR = cache;
after(() => rmSync(cache, { recursive: true }));

test("cached: fills an entry once, whoever asks at the same time", async () => {
	let fills = 0;
	const fill = async (folder: string) => {
		fills += 1;
		await writeFile(path.join(folder, "jar"), "content");
	};
	const entry = { name: "kafka", version: "1" };
	const folders = await Promise.all([cached(entry, fill), cached(entry, fill)]);
	assert.equal(fills, 1);
	assert.equal(folders[0], folders[1]);
	const jar = path.join(folders[0] ?? "", "jar");
	assert.equal(await readFile(jar, "utf8"), "content");
});

test("cached: a download that failed half-way leaves nothing, the next one succeeds", async () => {
	const entry = { name: "temporal", version: "1" };
	const failing = cached(entry, async (folder) => {
		await writeFile(path.join(folder, "temporal"), "half");
		throw new Error("connection lost");
	});
	await assert.rejects(failing, /connection lost/);
	assert.deepEqual(
		readdirSync(cache).filter((name) => name.startsWith("temporal")),
		[],
	);
	await cached(entry, async () => {});
});

const places = [
	{ env: { ORCHESTRATOR_CACHE_DIR: "/a" }, expected: "/a" },
	{ env: { XDG_CACHE_HOME: "/b" }, expected: "/b/orchestrator-dynamic" },
];
for (const { env, expected } of places) {
	test(`cacheDirectory: ${Object.keys(env)[0]} decides`, () => {
		assert.equal(cacheDirectory(env), expected);
	});
}
