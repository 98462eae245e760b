import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { bundleWorkflows } from "../../src/temporal/bundle-workflows.ts";

/** Temporal's own, what they need, and the one small pure library of ours. */
const allowedPackages = [
	"@noble/hashes",
	"@temporalio/common",
	"@temporalio/proto",
	"@temporalio/worker",
	"@temporalio/workflow",
	"long",
	"ms",
	"nexus-rpc",
];
const allowedFolders = ["src/domain", "workflows"];

test("bundleWorkflows: holds the workflows, the domain and no schema library, client or node builtin", async () => {
	const { code } = await bundleWorkflows();
	const modules = [...code.matchAll(/^\/\*{3}\/ "\.\/([^"]+)"$/gm)].map(
		([, name]) => name ?? "",
	);
	assert.ok(modules.includes("workflows/orchestrate-plan.ts"));
	assert.ok(modules.includes("src/domain/execution/state.ts"));

	const packages = modules.flatMap((name) => {
		const [, own] = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name) ?? [];
		return own ?? [];
	});
	assert.deepEqual(
		[...new Set(packages)].filter((name) => !allowedPackages.includes(name)),
		[],
	);
	const ours = modules.filter((name) => !name.startsWith("node_modules/"));
	assert.deepEqual(
		ours.filter(
			(name) => !allowedFolders.some((folder) => name.startsWith(`${folder}/`)),
		),
		[],
	);
	for (const name of ["typebox", "mongodb", "kafkajs", "fastify", "node:"])
		assert.ok(!modules.some((module) => module.includes(name)), name);
	assert.doesNotMatch(code, /^\/\*{3}\/ "(external )?node:/m);
});

test("bundleWorkflows: made once, then read; a folder that cannot be written is no obstacle", async (t) => {
	const directory = await mkdtemp(path.join(tmpdir(), "bundle-"));
	t.after(() => rm(directory, { recursive: true }));
	const { code } = await bundleWorkflows(directory);
	const names = await readdir(directory);
	assert.equal(names.length, 1);
	const file = path.join(directory, names[0] ?? "");
	await writeFile(file, "as it was kept");
	assert.deepEqual(await bundleWorkflows(directory), {
		code: "as it was kept",
	});
	const noFolder = await bundleWorkflows(path.join(file, "in-a-file"));
	assert.deepEqual(noFolder, { code });
});
