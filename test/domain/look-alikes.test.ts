import assert from "node:assert/strict";
import { test } from "node:test";
import {
	codePointsOf,
	describeDifference,
	findLookAlike,
} from "../../src/domain/look-alikes.ts";

const composed = "caf\u00e9";
const decomposed = "cafe\u0301";

const pairs: [name: string, id: string, other: string, difference: string][] = [
	[
		"another Unicode form",
		decomposed,
		composed,
		"from character 4 on it has U+0065 U+0301, that one U+00E9",
	],
	[
		"a blank at the end",
		"build ",
		"build",
		"from character 6 on it has U+0020, that one nothing",
	],
	[
		"a character nobody sees",
		"bu\u200bild",
		"build",
		"from character 3 on it has U+200B U+0069 U+006C U+0064, that one U+0069 U+006C U+0064",
	],
	[
		"letters of another width",
		"\uff41",
		"a",
		"from character 1 on it has U+FF41, that one U+0061",
	],
];

for (const [name, id, other, difference] of pairs)
	test(`findLookAlike: ${name}`, () => {
		const found = findLookAlike(id, [
			["else", 0],
			[other, 7],
		]);
		assert.deepEqual(found, { id: other, place: 7 });
		assert.equal(describeDifference(id, other), difference);
	});

test("findLookAlike: not the id itself, nor one that is seen to be another", () => {
	assert.equal(findLookAlike("a", [["a", 1]]), undefined);
	assert.equal(findLookAlike("a", [["A", 1]]), undefined);
	assert.equal(findLookAlike("cafe", [[composed, 1]]), undefined);
});

test("codePointsOf: nothing for an id of plain characters, and never long", () => {
	assert.equal(codePointsOf("deploy-42"), "");
	assert.equal(codePointsOf("a "), " (U+0061 U+0020)");
	assert.equal(codePointsOf("🙂"), " (U+1F642)");
	assert.ok(codePointsOf("é".repeat(200)).length < 320);
});
