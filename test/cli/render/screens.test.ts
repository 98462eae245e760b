import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { colourPaint, plainPaint } from "../../../src/cli/render/paint.ts";
import { widthOf } from "../../../src/cli/render/text.ts";
import { mlScreens } from "../support/ml-screens.ts";
import { otherScreens } from "../support/other-screens.ts";
import { planScreens } from "../support/plan-screens.ts";
import { NOW_MS } from "../support/samples.ts";

const folder = path.join(import.meta.dirname, "..", "goldens");
const widths = [80, 160];
const screens = { ...planScreens, ...otherScreens, ...mlScreens };
/** `WRITE_GOLDENS=1 node --test` writes them; then look at every one of them. */
const writes = process.env.WRITE_GOLDENS === "1";

for (const width of widths) {
	test(`screens: all at ${width} columns as they were looked at`, () => {
		const frame = { width, paint: plainPaint, nowMs: NOW_MS };
		const text = Object.entries(screens)
			.map(([name, draw]) => `$ ${name}\n${draw(frame).join("\n")}\n`)
			.join("\n");
		const file = path.join(folder, `screens-${width}.txt`);
		if (writes) writeFileSync(file, text);
		assert.equal(text, readFileSync(file, "utf8"));
	});

	for (const [name, draw] of Object.entries(screens))
		test(`screens: ${name} keeps within ${width} columns, and says without colours all it says with them`, () => {
			const plain = draw({ width, paint: plainPaint, nowMs: NOW_MS });
			const coloured = draw({ width, paint: colourPaint, nowMs: NOW_MS });
			assert.deepEqual(coloured.map(stripVTControlCharacters), plain);
			const long = plain.filter(
				// A log is for grep: its lines are whole.
				(line) => widthOf(line) > width && name !== "plans watch --plain",
			);
			assert.deepEqual(long, []);
		});
}
