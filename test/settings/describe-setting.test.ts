import assert from "node:assert/strict";
import { test } from "node:test";
import { maskSecret } from "../../src/settings/describe-setting.ts";

const facts = { description: "", example: "", secret: "inside" } as const;

for (const [url, shown] of [
	["mongodb://m1:27017,m2:27017/db", "mongodb://m1:27017,m2:27017/db"],
	["mongodb://key@m:27017", "mongodb://***@m:27017"],
	["mongodb://hid%40den:hidden@m/db", "mongodb://***@m/db"],
	["me:hid@den@m:27017", "***@m:27017"],
	[
		"mongodb+srv://m/?tls=true&authMechanismProperties=TOKEN:hidden&x",
		"mongodb+srv://m/?tls=***&authMechanismProperties=***&x",
	],
	["http://r:8081/a?key=hidden#hidden", "http://r:8081/a?key=***#***"],
	["http://r:8081/#hidden", "http://r:8081/#***"],
	["mongodb://me:hid/den@m", "mongodb://***@"],
	["mongodb://m/?key=hid@den", "mongodb://***@"],
] as const)
	test(`maskSecret: ${url} is shown as ${shown}`, () => {
		const masked = maskSecret(url, facts);
		assert.equal(masked, shown);
		assert.doesNotMatch(masked, /hid/);
	});

test("maskSecret: a secret is not shown at all, and what is none is, but for a password", () => {
	const { secret: _secret, ...open } = facts;
	assert.equal(maskSecret("hidden", { ...facts, secret: true }), "***");
	assert.equal(maskSecret("info", open), "info");
	assert.equal(maskSecret("me:hidden@k:9092", open), "me:***@k:9092");
});
