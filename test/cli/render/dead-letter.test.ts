import assert from "node:assert/strict";
import { test } from "node:test";
import { renderDeadLetter } from "../../../src/cli/render/dead-letter.ts";
import { plainPaint } from "../../../src/cli/render/paint.ts";
import { printable } from "../../../src/cli/render/text.ts";
import { NOW_MS, sampleLetter } from "../support/samples.ts";

test("renderDeadLetter: a text that is no JSON keeps its lines, each of them marked and indented", () => {
	const text = "first\n✔ sent back";
	const letter = { ...sampleLetter, decode_error: "no JSON", text };
	const frame = { width: 80, paint: plainPaint, nowMs: NOW_MS };
	const lines = renderDeadLetter(printable(letter), frame);
	const at = lines.indexOf("  first↵");
	assert.ok(at > 0, lines.join("\n"));
	assert.equal(lines[at + 1], "  ✔ sent back");
});
