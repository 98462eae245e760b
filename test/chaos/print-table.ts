import { writeFileSync } from "node:fs";
import type { Finding, FindingKind } from "./evidence.ts";
import type { FaultReport } from "./run-fault.ts";

const MAX_PRINTED = 25;

/** One line of `--json`. */
export interface FaultFacts {
	fault: number;
	name: string;
	plans: number;
	tickets: number;
	lost: number;
	doubled: number;
	/** Records that are on a topic again, under the key they had, and had one effect. */
	repeated: number;
	other_findings: number;
	longest_stall_ms: number;
	recovery_ms: number;
}

export function toFacts({
	fault,
	plans,
	tickets,
	repeats,
	findings,
	longestStallMs,
	recoveryMs,
}: FaultReport): FaultFacts {
	const count = (kind: FindingKind) =>
		findings.filter((finding) => finding.kind === kind).length;
	const lost = count("lost");
	const doubled = count("doubled");
	return {
		fault: fault.number,
		name: fault.name,
		plans,
		tickets,
		lost,
		doubled,
		repeated: Object.values(repeats).reduce((sum, count) => sum + count, 0),
		other_findings: findings.length - lost - doubled,
		longest_stall_ms: Math.round(longestStallMs),
		recovery_ms: Math.round(recoveryMs),
	};
}

const header = [
	"#",
	"name",
	"fault",
	"plans",
	"tickets",
	"lost",
	"doubled",
	"repeated",
	"other",
	"stall s",
	"recovery s",
];

/** The table of all faults. */
export function formatTable(reports: readonly FaultReport[]): string {
	const rows = reports.map((one) => {
		const facts = toFacts(one);
		return [
			facts.fault,
			facts.name,
			one.fault.title,
			facts.plans,
			facts.tickets,
			facts.lost,
			facts.doubled,
			facts.repeated,
			facts.other_findings,
			seconds(facts.longest_stall_ms),
			seconds(facts.recovery_ms),
		].map(String);
	});
	const widths = header.map((name, column) =>
		Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
	);
	return [header, ...rows]
		.map((row) =>
			row
				.map((cell, column) => {
					const width = widths[column] ?? 0;
					return column === 1 || column === 2
						? cell.padEnd(width)
						: cell.padStart(width);
				})
				.join("  "),
		)
		.join("\n");
}

/** The first of them; all stand in the file. */
export function printFindings(
	findings: readonly Finding[],
	file: string,
): void {
	const lines = findings.map(
		({ kind, subject, what }) => `${kind}: ${subject}: ${what}`,
	);
	writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
	for (const line of lines.slice(0, MAX_PRINTED)) console.error(`  ${line}`);
	const more = lines.length - MAX_PRINTED;
	if (more > 0) console.error(`  and ${more} more, see ${file}`);
}

function seconds(ms: number): string {
	return (ms / 1000).toFixed(1);
}
