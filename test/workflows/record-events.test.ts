import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf, readSources } from "../support/source-files.ts";

/** What tells of a plan, and the files that may use it: an observer of events is then added in one of them. */
const homes: [use: RegExp, files: string[]][] = [
	[/\bplanSink\b/, ["workflows/record-events.ts", "workflows/plan-sinks.ts"]],
	[
		/\bappendAudit\b/,
		["workflows/record-events.ts", "workflows/audit-trail.ts"],
	],
	[
		/\bkeepDocument\b/,
		[
			"workflows/record-events.ts",
			"workflows/audit-trail.ts",
			"workflows/run-state.ts",
		],
	],
	[
		/\b(openStep|closeStep|leaveBatch)\b/,
		["workflows/record-events.ts", "src/domain/plan-steps.ts"],
	],
];

for (const [use, files] of homes)
	test(`record: only it uses ${use.source}`, () =>
		assert.deepEqual(
			readSources("workflows", "src/domain")
				.filter((file) => use.test(codeOf(file)))
				.map(({ name }) => name)
				.sort(),
			files.toSorted(),
		));
