import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";

export interface ReportedFault {
	plan_id: string;
	sequence: number;
	kind: string;
	detail: string;
}

export interface AuditReport {
	ok: boolean;
	plans: number;
	records: number;
	left_over?: number;
	purged?: number;
	purges?: {
		at: number;
		reason: string;
		last_hash: string | null;
		last_sequence: number;
	}[];
	witnesses?: {
		temporal: number | null;
		given: number;
		signatures: number;
	};
	faults: ReportedFault[];
}

/** Joins several reports about the same trails: the counts of the first, the faults of all. */
export function joinVerdicts(verdicts: readonly AuditReport[]): AuditReport {
	const [first, ...others] = verdicts as [AuditReport, ...AuditReport[]];
	const faults = new Map<string, ReportedFault>();
	for (const fault of verdicts.flatMap((verdict) => verdict.faults))
		if (!faults.has(fault.plan_id)) faults.set(fault.plan_id, fault);
	const given = verdicts.reduce(
		(sum, { witnesses }) => sum + (witnesses?.given ?? 0),
		0,
	);
	return {
		...first,
		ok: [first, ...others].every(({ ok }) => ok),
		...(first.witnesses && { witnesses: { ...first.witnesses, given } }),
		faults: [...faults.values()],
	};
}

/** Whether every chain holds, else where it is broken. */
export function renderAudit(verdict: AuditReport, frame: Frame): string[] {
	const { ok, plans, records, faults } = verdict;
	const seen = `${count(records, "record")} of ${count(plans, "plan")}`;
	const { paint } = frame;
	const against = describeWitnesses(verdict).flatMap((line) =>
		wrap(line, frame.width, "  ").map((part) => paint("dim", part)),
	);
	if (ok)
		return [
			`${paint("good", "✔ sound")}: ${seen} follow each other`,
			...against,
		];
	return [
		`${paint("bad", "✘ broken")}: ${count(faults.length, "fault")} in ${seen}`,
		...renderTable(
			[
				{
					title: "FAULT",
					text: ({ kind }: ReportedFault) => `✘ ${kind}`,
					tone: () => "bad" as const,
				},
				{ title: "PLAN", text: ({ plan_id }) => plan_id },
				{
					title: "RECORD",
					align: "right",
					text: ({ sequence }) => String(sequence),
				},
				{ title: "WHAT", flexible: true, text: ({ detail }) => detail },
			],
			faults,
			frame,
			"  ",
		),
		...against,
		...wrap(
			"what to do: keep the database as it is and compare it with a backup; the telemetry frames name each chain's last record",
			frame.width,
			"  ",
		),
	];
}

/** The sources that the trails were compared with, and the remaining gap. */
function describeWitnesses({
	witnesses,
	left_over = 0,
	purged = 0,
	purges = [],
}: AuditReport): string[] {
	if (witnesses === undefined) return [];
	const { temporal, given, signatures } = witnesses;
	const held = [
		...(temporal ? [`${count(temporal, "run")} in Temporal`] : []),
		...(given > 0 ? [count(given, "noted head")] : []),
		...(signatures > 0 ? [count(signatures, "signature")] : []),
	];
	return [
		held.length > 0
			? `  against ${held.join(", ")}`
			: "  against what is stored only: a chain that was replaced as a whole is found with --head or --heads-from-telemetry",
		...purges.map(
			({ at, reason, last_hash, last_sequence }) =>
				`  purged on ${new Date(at).toISOString()}, last hash ${last_hash ?? "none"} of record ${last_sequence}: ${reason}`,
		),
		...(purges.length === 0 && purged > 0
			? [`  ${count(purged, "trail")} closed by a purge`]
			: []),
		...(temporal === null ? ["  ! Temporal could not be asked"] : []),
		...(left_over > 0
			? [
					`  ${count(left_over, "record")} left by lost tries of workflow tasks count for nothing`,
				]
			: []),
	];
}
