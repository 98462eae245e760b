import assert from "node:assert/strict";
import { test } from "node:test";
import { findOpa } from "../../stack/fetch-opa.ts";
import {
	buildWasm,
	hashSources,
	readArtifact,
	regoFolder,
} from "../../stack/policy-artifact.ts";
import { runTool } from "../../stack/run-tool.ts";
import { withoutOpa } from "../support/opa.ts";

const opa = findOpa() ?? "";

test("policy.wasm is built from the policies of the tree: else run npm run policy", () => {
	const { stated, wasm } = readArtifact();
	assert.equal(stated.sources, hashSources());
	assert.equal(stated.wasm, wasm);
});

test("policy.wasm is what opa builds from them today", {
	skip: withoutOpa,
}, async () => {
	const built = Buffer.from(await buildWasm(opa));
	const again = Buffer.from(await buildWasm(opa));
	assert.ok(built.equals(again));
	assert.doesNotMatch(built.toString("latin1"), /\/src\/policy\//);
});

test("policies are formatted, pass the strict check, and their tests cover all of them", {
	skip: withoutOpa,
}, async () => {
	await runTool(opa, ["fmt", "--fail", "--list", regoFolder]);
	await runTool(opa, ["check", "--strict", regoFolder]);
	await runTool(opa, ["test", regoFolder]);
	const coverage = ["test", "--coverage", "--threshold", "100"];
	await runTool(opa, [...coverage, regoFolder]);
});
