import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { renderBar } from "../../../src/cli/render/bar.ts";
import { plainPaint } from "../../../src/cli/render/paint.ts";
import { renderTable } from "../../../src/cli/render/table.ts";
import {
	fit,
	printable,
	printableJson,
	widthOf,
	wrap,
} from "../../../src/cli/render/text.ts";
import { renderDuration } from "../../../src/cli/render/time.ts";

test("fit: never wider than the width, and untouched when it fits", () =>
	fc.assert(
		fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, width) => {
			const cut = fit(text, width);
			assert.ok(widthOf(cut) <= width);
			if (widthOf(text) <= width) assert.equal(cut, text);
		}),
	));

test("wrap: keeps every word, and breaks only at spaces", () =>
	fc.assert(
		fc.property(
			fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
			fc.integer({ min: 12, max: 60 }),
			(words, width) => {
				const lines = wrap(words.join(" "), width);
				assert.deepEqual(lines.join(" ").split(" "), words);
				for (const line of lines) assert.ok(line.length <= width);
			},
		),
	));

test("wrap: the first line keeps its own indent", () =>
	assert.deepEqual(wrap("  one two three", 9, "    "), [
		"  one two",
		"    three",
	]));

test("printable: nothing from outside moves the cursor, paints, breaks the line, or turns the direction of text", () => {
	const evil = {
		name: "a\x1b[2Jb\u202ec\u200bd",
		list: ["\x07\u2028", "x\n✔ y\tz"],
	};
	assert.deepEqual(printable(evil), {
		name: "a\ufffd[2Jb\ufffdc\ufffdd",
		list: ["\ufffd\ufffd", "x↵✔ y\tz"],
	});
	assert.deepEqual(printable(new Map([["\x1b", 1]])), new Map([["\ufffd", 1]]));
});

test("printableJson: a terminal sees escapes, a program the document as it is", () => {
	const evil = { "\x9b2J": "a\x1b[2J\u202eb\x7f\u2028", n: [1, null, "ü\n"] };
	for (const indent of [undefined, 2]) {
		const text = printableJson(evil, indent);
		for (const one of ["\x1b", "\x7f", "\x9b", "\u2028", "\u202e"])
			assert.ok(!text.includes(one));
		assert.deepEqual(JSON.parse(text), evil);
	}
});

test("renderBar: has its width, and one failure among thousands is seen", () =>
	fc.assert(
		fc.property(
			fc.array(fc.nat(5_000), { minLength: 1, maxLength: 6 }),
			fc.integer({ min: 6, max: 40 }),
			(counts, width) => {
				const parts = counts.map((count, at) => ({
					count,
					tone: undefined,
					fill: String(at),
				}));
				const bar = renderBar(parts, width, plainPaint);
				assert.equal(widthOf(bar), width);
				if (counts.some((count) => count > 0))
					for (const { count, fill } of parts)
						assert.equal(bar.includes(fill), count > 0);
			},
		),
	));

test("renderTable: leaves spare columns out before it cuts, and never cuts an id", () => {
	const columns = [
		{ title: "ID", text: ({ id }: { id: string }) => id },
		{ title: "AGE", spare: 1, text: () => "10 m 00 s" },
		{ title: "WHAT", flexible: true, text: () => "a long explanation of it" },
	];
	const rows = [{ id: "a6e1c2f0-5a53-4a7e-9a86-9d0b7d1f2c11" }];
	const table = (width: number) =>
		renderTable(columns, rows, { width, paint: plainPaint })[1];
	assert.equal(
		table(80),
		`${rows[0]?.id}  10 m 00 s  a long explanation of it`,
	);
	assert.equal(table(55), `${rows[0]?.id}  a long explanati…`);
	assert.equal(table(20), `${rows[0]?.id}  a long expl…`);
});

test("renderDuration: reads well at every size", () => {
	const durations: [number | null, string][] = [
		[null, "-"],
		[0, "0 ms"],
		[999, "999 ms"],
		[999.7, "1.0 s"],
		[59_940, "59.9 s"],
		[59_960, "1 m 00 s"],
		[3_599_600, "1 h 00 m"],
		[7_800_000, "2 h 10 m"],
		[273_600_000, "3 d 04 h"],
	];
	for (const [ms, text] of durations) assert.equal(renderDuration(ms), text);
});
