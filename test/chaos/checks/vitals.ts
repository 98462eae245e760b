import type { Books, Finding, VitalsPair } from "../books.ts";

/** What a process may keep after work without losing it: caches, pools, compiled code. */
const HEAP_SLACK_MB = 40;
const RSS_SLACK_MB = 300;
const DESCRIPTOR_SLACK = 25;
const RESOURCE_SLACK = 25;

/** Memory and open handles of every process are back at what they were. */
export function checkVitals({ vitals }: Books): Finding[] {
	return vitals.flatMap(checkProcess);
}

function checkProcess({ process, before, after }: VitalsPair): Finding[] {
	const kinds = Object.keys(after.resources);
	const facts: [string, number, number, number][] = [
		["MB of heap", before.heapMb, after.heapMb, HEAP_SLACK_MB],
		["MB resident", before.rssMb, after.rssMb, RSS_SLACK_MB],
		[
			"open descriptors",
			before.descriptors,
			after.descriptors,
			DESCRIPTOR_SLACK,
		],
		...kinds.map((kind): [string, number, number, number] => [
			kind,
			before.resources[kind] ?? 0,
			after.resources[kind] ?? 0,
			RESOURCE_SLACK,
		]),
	];
	return facts.flatMap(([what, was, is, slack]): Finding[] =>
		is - was <= slack
			? []
			: [
					{
						kind: "leak",
						subject: process,
						what: `${what}: ${Math.round(is)}, was ${Math.round(was)}`,
					},
				],
	);
}
