import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createEmbeddedEngine } from "../../src/policy/embedded-engine.ts";
import { readBundle } from "../../src/policy/read-bundle.ts";
import { findOpa } from "../../stack/fetch-opa.ts";
import { runTool } from "../../stack/run-tool.ts";
import { withoutOpa } from "../support/opa.ts";

function folderOf(t: TestContext): string {
	const folder = mkdtempSync(path.join(tmpdir(), "bundle-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	return folder;
}

test("a bundle of one's own is read with its data, and answers", {
	skip: withoutOpa,
}, async (t) => {
	const folder = folderOf(t);
	const sources = path.join(folder, "own.rego");
	writeFileSync(
		sources,
		"package own.limits\n\nviolations := []\n\nallow := input.resource.size < data.sizes.most\n",
	);
	writeFileSync(path.join(folder, "data.json"), '{"sizes": {"most": 3}}');
	const bundle = path.join(folder, "bundle.tar.gz");
	await runTool(
		findOpa() ?? "",
		["build", "-t", "wasm", "-e", "own/limits", "-o", bundle, "."],
		undefined,
		folder,
	);
	const engine = await createEmbeddedEngine(readBundle(bundle));
	const items = [{ resource: { size: 2 } }, { resource: { size: 3 } }];
	const answers = await engine.evaluate(
		["own/limits"],
		{ shared: {}, items },
		Infinity,
	);
	assert.deepEqual(answers, [
		{ "own/limits": { allow: true, violations: [] } },
		{ "own/limits": { allow: false, violations: [] } },
	]);
});

test("policy.wasm alone is a bundle too; a package that is not in it is no decision", async (t) => {
	const file = path.join(folderOf(t), "own.wasm");
	copyFileSync(
		path.join(import.meta.dirname, "../../src/policy/policy.wasm"),
		file,
	);
	const engine = await createEmbeddedEngine(readBundle(file));
	await assert.rejects(
		engine.evaluate(["own/limits"], { shared: {}, items: [{}] }, Infinity),
		{ code: "POLICY_UNAVAILABLE", message: /no entry point own\/limits/ },
	);
});

test("a file that is no bundle is refused with what it is", (t) => {
	const file = path.join(folderOf(t), "bundle.tar.gz");
	writeFileSync(file, "package own");
	assert.throws(() => readBundle(file), /neither a bundle/);
	writeFileSync(file, gzipSync(Buffer.alloc(1_024)));
	assert.throws(() => readBundle(file), /holds no policy.wasm/);
});
