import type { FindingKind } from "./books.ts";
import type { FaultReport } from "./run-fault.ts";

/** One line of `--json`. */
export interface FaultFacts {
	fault: number;
	plans: number;
	tickets: number;
	lost: number;
	doubled: number;
	/** Records that are on a topic again after a producer died, and had one effect. */
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
		plans,
		tickets,
		lost,
		doubled,
		repeated: repeats.tickets + repeats.frames + repeats.deadLetters,
		other_findings: findings.length - lost - doubled,
		longest_stall_ms: Math.round(longestStallMs),
		recovery_ms: Math.round(recoveryMs),
	};
}

const header = [
	"#",
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
					return column === 1 ? cell.padEnd(width) : cell.padStart(width);
				})
				.join("  "),
		)
		.join("\n");
}

function seconds(ms: number): string {
	return (ms / 1000).toFixed(1);
}
