import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprint32 } from "../../../src/domain/rollout/farm-hash.ts";

/** Test vectors of FarmHash, as Go's implementation has them too. */
const vectors: [number, string][] = [
	[0x3c973d4d, "a"],
	[0x417330fd, "ab"],
	[0x2f635ec7, "abc"],
	[0x98b51e95, "abcd"],
	[0xa3f366ac, "abcde"],
	[0x0f813aa4, "abcdef"],
	[0x21deb6d7, "abcdefg"],
	[0xfd7ec8b9, "abcdefgh"],
	[0x6f98dc86, "abcdefghi"],
	[0xf2669361, "abcdefghij"],
	[0xe273108f, "Discard medicine more than two years old."],
	[0x363394d1, "I wouldn't marry him with a ten foot pole."],
	[0x322984d9, "Nepal premier won't resign."],
	[0xc6246b8d, "size:  a.out:  bad magic"],
	[0xd225e92e, "The major problem is with sendmail.  -Mark Horton"],
	[0x221694e4, "C is as portable as Stonehedge!!"],
	[
		0x11c493bb,
		"The fugacity of a constituent in a mixture of gases at a given temperature is proportional to its mole fraction.  Lewis-Randall Rule",
	],
	[0x0819a4e8, "How can you write a big system without C++?  -Paul Glick"],
];

for (const [hash, text] of vectors)
	test(`fingerprint32: ${text.slice(0, 30)} (${text.length})`, () =>
		assert.equal(fingerprint32(text).toString(16), hash.toString(16)));
