import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.join(import.meta.dirname, "..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");
const { scripts } = JSON.parse(
	readFileSync(path.join(root, "package.json"), "utf8"),
) as { scripts: Record<string, string> };

test("README: every file it links to is there", () => {
	const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(
		([, target]) => target ?? "",
	);
	assert.ok(links.length >= 10);
	for (const link of links)
		assert.ok(existsSync(path.join(root, link)), `${link} is not there`);
});

test("README: every npm script it names is one", () => {
	const names = [...readme.matchAll(/npm run ([a-z]+)/g)].map(
		([, name]) => name ?? "",
	);
	for (const name of names)
		assert.ok(name in scripts, `npm run ${name} is no script`);
});

test("README: the first commands are the demo and the tests", () => {
	const [block = ""] = readme.match(/```\n[^`]*```/) ?? [];
	assert.match(block, /^```\nnpm run demo .*\nnpm test .*\n```$/);
});
