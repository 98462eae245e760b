import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openHttp } from "./support/http.ts";

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

test("README: the table of the API has every route, and no other", async (t) => {
	const { app } = await openHttp(t);
	const [, table = ""] = /\| REST \|.*\n.*\n((?:\|.*\n)+)/.exec(readme) ?? [];
	const named = table
		.split("\n")
		.flatMap((row) => routesOf(row.split("|")[1] ?? ""))
		.toSorted();
	const routes = app.listedRoutes
		.filter(({ method, url, role }) => {
			return url.startsWith("/api/") && role !== "public" && method !== "HEAD";
		})
		.map(({ method, url }) => `${method} ${url.replace(/\/:(\w+)/g, "/{$1}")}`)
		.toSorted();
	assert.deepEqual(named, routes);
});

/** A path alone stands below the last named one with a method, or beside it when that is a verb. */
function routesOf(cell: string): string[] {
	let last = "";
	return [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, text = ""]) => {
		if (!/^([A-Z]+ )?\//.test(text)) return [];
		if (!text.startsWith("/")) {
			last = text;
			return [text];
		}
		const isThing = /(\}|\/[a-z-]+s)$/.test(last);
		return [`${isThing ? last : last.slice(0, last.lastIndexOf("/"))}${text}`];
	});
}
