import type { Evidence, Finding, VitalsPair } from "../evidence.ts";

/** What a process may keep after work without losing it: caches, pools, compiled code. */
const HEAP_SLACK_MB = 40;
const RSS_SLACK_MB = 300;
const DESCRIPTOR_SLACK = 25;
const RESOURCE_SLACK = 25;
const HEAP_GROWTH_RATIO = 1.1;
const MAX_PEAK_MB = 1_000;

/** Memory and open handles of every process are back at what they were. */
export function checkVitals({ vitals, terms }: Evidence): Finding[] {
	return vitals.flatMap((pair) => [
		...checkProcess(
			pair,
			terms.memory === "tight" ? MAX_PEAK_MB : RSS_SLACK_MB,
		),
		...(terms.memory === "tight" ? checkTightly(pair) : []),
	]);
}

/** What a flood may leave in no process, and what it may take in none while it lasts. */
function checkTightly({ process, before, after }: VitalsPair): Finding[] {
	const allowedMb = before.heapMb * HEAP_GROWTH_RATIO;
	const finding = (what: string): Finding => ({
		kind: "leak",
		subject: process,
		what,
	});
	return [
		...(after.heapMb > allowedMb
			? [
					finding(
						`${after.heapMb.toFixed(1)} MB of heap, was ${before.heapMb.toFixed(1)}: more than a tenth above`,
					),
				]
			: []),
		...(after.peakRssMb > MAX_PEAK_MB
			? [finding(`${Math.round(after.peakRssMb)} MB resident at its most`)]
			: []),
	];
}

/** V8 keeps pages that a flood made it take; where its heap is held tightly, they are held by their peak. */
function checkProcess(
	{ process, before, after }: VitalsPair,
	rssSlackMb: number,
): Finding[] {
	const kinds = Object.keys(after.resources);
	const facts: [string, number, number, number][] = [
		["MB of heap", before.heapMb, after.heapMb, HEAP_SLACK_MB],
		["MB resident", before.rssMb, after.rssMb, rssSlackMb],
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
