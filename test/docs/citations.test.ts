import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readSources } from "../support/source-files.ts";

const root = path.join(import.meta.dirname, "..", "..");
const places = [
	"activities",
	"bench",
	"demo",
	"docs",
	"schemas",
	"src",
	"stack",
	"test",
	"workflows",
];
/** `protocol.md` or `protocol.md, "Time"`; the line may break after the comma and inside the heading. */
const citation =
	/\b((?:[\w-]+\/)*[\w-]+\.md)(?:#([\w-]+))?(?:,[\s*/]+"([^"]+)")?/g;

interface Document {
	headings: string[];
	anchors: string[];
}

test("docs: every document and heading that code names exists", () =>
	assert.deepEqual(
		readSources(...places)
			.filter(({ name }) => name !== "test/docs/citations.test.ts")
			.flatMap(({ name, text }) => faultsOf(name, text)),
		[],
	));

test("docs: every document and heading that a document names exists", () =>
	assert.deepEqual(
		documentFiles().flatMap((file) =>
			faultsOf(file, readFileSync(path.join(root, file), "utf8")),
		),
		[],
	));

/** A file or folder of the tree between backticks, without wildcards and placeholders. */
const treePath = new RegExp(`\`((?:${places.join("|")})/[\\w./-]*)\``, "g");

test("docs: every file and folder of the tree that a document names exists", () =>
	assert.deepEqual(
		documentFiles().flatMap((file) => {
			const text = readFileSync(path.join(root, file), "utf8");
			return [...text.matchAll(treePath)].flatMap(([, named = ""]) =>
				/^bench\/(out|results)\b/.test(named) ||
				existsSync(path.join(root, named))
					? []
					: [`${file}: there is no ${named}`],
			);
		}),
		[],
	));

function faultsOf(file: string, text: string): string[] {
	return [...text.matchAll(citation)].flatMap(
		([cited, name = "", anchor, heading]) => {
			const document = readDocument(path.basename(name));
			if (document === undefined) return [`${file}: there is no ${name}`];
			const isAnchored =
				anchor === undefined || document.anchors.includes(anchor);
			const title = heading?.replace(/\s*\n[\s*/]*/g, " ");
			const isHeaded = title === undefined || document.headings.includes(title);
			return isAnchored && isHeaded
				? []
				: [`${file}: there is no such heading: ${cited}`];
		},
	);
}

function documentFiles(): string[] {
	const docs = readdirSync(path.join(root, "docs"))
		.filter((name) => name.endsWith(".md"))
		.map((name) => `docs/${name}`);
	return ["README.md", "bench/README.md", ...docs];
}

function readDocument(name: string): Document | undefined {
	const file = documentFiles().find((known) => path.basename(known) === name);
	if (file === undefined) return undefined;
	const text = readFileSync(path.join(root, file), "utf8");
	const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(
		([, title = ""]) => title,
	);
	return { headings, anchors: headings.map(toAnchor) };
}

/** As GitHub makes it. */
function toAnchor(heading: string): string {
	return heading
		.toLowerCase()
		.replace(/[^\w\- ]/g, "")
		.replaceAll(" ", "-");
}
