import type { HostileRecord } from "../../hostile/attacker.ts";
import { type Evidence, type Finding, placeName } from "../evidence.ts";

/** Every hostile record came to an end that can be seen, and none of them had the effect it was written for. */
export function checkHostile({ hostile }: Evidence): Finding[] {
	if (hostile === undefined) return [];
	const { records, traces, believed, counted } = hostile;
	const findings: Finding[] = [];
	let uncounted = counted;
	for (const [what, own] of Map.groupBy(records, ({ what }) => what)) {
		const trusted = own.filter((one) => believed.has(placeName(one)));
		for (const one of trusted)
			findings.push({
				kind: "failure",
				subject: placeName(one),
				what: `${what}: it was believed and ended an attempt`,
			});
		const isSeen = (one: HostileRecord) =>
			[one, one.alias ?? one]
				.map(placeName)
				.some((place) => traces.has(place) || believed.has(place));
		const missing = own.filter((one) => !one.isReport && !isSeen(one));
		const [first] = missing;
		if (first === undefined) continue;
		// A plan names its newest strays only and counts the others; nothing else is counted without a name.
		const excused =
			first.kind === "result" ? Math.min(uncounted, missing.length) : 0;
		uncounted -= excused;
		const lost = missing.length - excused;
		if (lost > 0)
			findings.push({
				kind: "lost",
				subject: placeName(first),
				what: `${what}: ${lost} of ${own.length} left no trace`,
			});
	}
	return findings;
}
