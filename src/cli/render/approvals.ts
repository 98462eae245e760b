import type { Frame } from "./paint.ts";
import { sourceNote } from "./plan-list.ts";
import { renderTable } from "./table.ts";
import { renderDuration, renderRelative, renderTime } from "./time.ts";

/** A plan that waits for a person. */
export interface PendingLine {
	plan_id: string;
	final_decision: string;
	risk_band: string | null;
	domain: string | null;
	requested_at: number;
	expires_at: number;
	published_at: number | null;
	reminders_sent: number;
	request_error: string | null;
}

/** An answer that no plan waited for. */
export interface UnmatchedLine {
	plan_id: string;
	decision: string;
	approved_by: string;
	why: string;
	detail: string;
	recorded_at: number;
}

export interface ApprovalPage {
	approvals: unknown[];
	next_cursor: string | null;
	read_source?: string;
}

/** Plans that wait for a person, and how to decide. */
export function renderPending(page: ApprovalPage, frame: Frame): string[] {
	const { nowMs } = frame;
	const rows = page.approvals as PendingLine[];
	if (rows.length === 0) return ["no plan waits for a person"];
	const table = renderTable(
		[
			{
				title: "STATE",
				text: () => "? pending",
				tone: () => "waiting" as const,
			},
			{ title: "PLAN", text: ({ plan_id }: PendingLine) => plan_id },
			{
				title: "FOR",
				align: "right",
				text: ({ requested_at }) => renderDuration(nowMs - requested_at),
			},
			{
				title: "EXPIRES",
				align: "right",
				spare: 1,
				text: ({ expires_at }) => renderRelative(expires_at, nowMs),
			},
			{ title: "RISK", spare: 2, text: ({ risk_band }) => risk_band ?? "-" },
			{ title: "DOMAIN", spare: 3, text: ({ domain }) => domain ?? "-" },
			{
				title: "REMINDERS",
				align: "right",
				spare: 4,
				text: ({ reminders_sent }) => String(reminders_sent),
			},
			{
				title: "REQUEST",
				spare: 5,
				flexible: true,
				text: ({ published_at, request_error }) =>
					request_error ??
					(published_at === null ? "not on Kafka yet" : "on Kafka"),
				tone: ({ request_error }) =>
					request_error === null ? undefined : ("bad" as const),
			},
		],
		rows,
		frame,
	);
	const [first] = rows;
	return [
		...table,
		...nextPage(page, frame),
		frame.paint(
			"dim",
			`decide: orchestrator plans approve ${first?.plan_id} --reason "…", or plans reject`,
		),
		...sourceNote(page.read_source, frame),
	];
}

/** Answers that came to nothing, and why. */
export function renderUnmatched(page: ApprovalPage, frame: Frame): string[] {
	const rows = page.approvals as UnmatchedLine[];
	if (rows.length === 0) return ["every answer found its plan"];
	return [
		...renderTable(
			[
				{
					title: "STATE",
					text: () => "! unmatched",
					tone: () => "waiting" as const,
				},
				{ title: "PLAN", text: ({ plan_id }: UnmatchedLine) => plan_id },
				{ title: "ANSWER", text: ({ decision }) => decision },
				{ title: "BY", spare: 1, text: ({ approved_by }) => approved_by },
				{
					title: "WHEN",
					spare: 3,
					text: ({ recorded_at }) => renderTime(recorded_at),
				},
				{
					title: "WHY",
					spare: 2,
					flexible: true,
					text: ({ why, detail }) => `${why}: ${detail}`,
				},
			],
			rows,
			frame,
		),
		...nextPage(page, frame),
	];
}

function nextPage({ next_cursor }: ApprovalPage, { paint }: Frame): string[] {
	return next_cursor === null
		? []
		: [paint("dim", `more: --cursor ${next_cursor}`)];
}
