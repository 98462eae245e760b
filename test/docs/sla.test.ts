import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import Type from "typebox";
import { settingFacts } from "../../src/settings/describe-setting.ts";
import { slaSettings } from "../../src/settings/sla.ts";

const text = readFileSync(
	path.join(import.meta.dirname, "..", "..", "docs", "sla.md"),
	"utf8",
);

test("docs/sla.md: its table has every setting with the default that the code has", () => {
	const shown = [...text.matchAll(/^\| `([A-Z_]+)` \| (\S+) \|/gm)].map(
		([, name, value]) => [name, value],
	);
	const settings = settingFacts(Type.Object(slaSettings));
	assert.deepEqual(
		shown,
		settings.map(({ name, facts: { default: value } }) => [
			name,
			value === undefined ? "-" : `\`${String(value)}\``,
		]),
	);
});
