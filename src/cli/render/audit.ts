import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";

export interface AuditFault {
	plan_id: string;
	sequence: number;
	kind: string;
	detail: string;
}

export interface AuditVerdict {
	ok: boolean;
	plans: number;
	records: number;
	faults: AuditFault[];
}

/** Whether every chain holds, else where it is broken. */
export function renderAudit(verdict: AuditVerdict, frame: Frame): string[] {
	const { ok, plans, records, faults } = verdict;
	const seen = `${count(records, "record")} of ${count(plans, "plan")}`;
	const { paint } = frame;
	if (ok) return [`${paint("good", "✔ sound")}: ${seen} follow each other`];
	return [
		`${paint("bad", "✘ broken")}: ${count(faults.length, "fault")} in ${seen}`,
		...renderTable(
			[
				{
					title: "FAULT",
					text: ({ kind }: AuditFault) => `✘ ${kind}`,
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
		...wrap(
			"what to do: keep the database as it is and compare it with a backup; the telemetry frames name each chain's last record",
			frame.width,
			"  ",
		),
	];
}
