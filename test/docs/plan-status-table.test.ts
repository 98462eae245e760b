import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { lifecycle } from "../../src/domain/plan-lifecycle.ts";
import {
	finalPlanStatuses,
	openPlanStatuses,
} from "../../src/domain/plan-run.ts";

const known: readonly string[] = [...openPlanStatuses, ...finalPlanStatuses];

interface Row {
	from: string[];
	to: string[];
	/** Of an event that the lifecycle does not apply: undefined. */
	event: string | undefined;
}

test("docs: protocol.md has the events of the lifecycle, with the same statuses before and after", () => {
	const rows = readRows();
	const documented = Object.fromEntries(
		[...new Set(rows.flatMap(({ event }) => event ?? []))]
			.sort()
			.map((event) => {
				const own = rows.filter((row) => row.event === event);
				return [
					event,
					edges(
						own.flatMap((row) => row.from),
						own.flatMap((row) => row.to),
					),
				];
			}),
	);
	const coded = Object.fromEntries(
		Object.entries(lifecycle)
			.sort(([a], [b]) => (a < b ? -1 : 1))
			.map(([event, { from, to }]) => [event, edges(from, to)]),
	);
	assert.deepEqual(documented, coded);
});

test("docs: protocol.md says how a plan comes to each of its statuses", () => {
	const reached = readRows().flatMap(({ to }) => to);
	assert.deepEqual([...new Set(reached)].sort(), [...known].sort());
});

function edges(from: readonly string[], to: readonly string[]) {
	return { from: [...new Set(from)].sort(), to: [...new Set(to)].sort() };
}

/** The rows of the table under "Status of a plan". */
function readRows(): Row[] {
	const file = path.join(import.meta.dirname, "../../docs/protocol.md");
	const [, section = ""] = readFileSync(file, "utf8").split(
		"### Status of a plan\n",
	);
	const lines = section.split(/^#/m)[0]?.match(/^\| .*$/gm) ?? [];
	return lines
		.map((line) => line.split("|").map((cell) => cell.trim()))
		.filter(
			([, status = ""]) => status !== "Status" && !status.startsWith("---"),
		)
		.map(([, from = "", , to = "", event = ""]) => ({
			from: statusesIn(from),
			to: statusesIn(to),
			event: /`(\w+)`/.exec(event)?.[1],
		}));
}

function statusesIn(cell: string): string[] {
	return [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name = ""]) => {
		assert.ok(known.includes(name), `${name} is no status of a plan`);
		return name;
	});
}
