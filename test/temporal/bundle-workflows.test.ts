import assert from "node:assert/strict";
import { test } from "node:test";
import { bundleWorkflows } from "../../src/temporal/worker.ts";

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
	assert.ok(modules.includes("src/domain/execution.ts"));

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
