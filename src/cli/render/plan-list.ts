import type { PlanDocument } from "../../domain/documents.ts";
import type { Frame } from "./paint.ts";
import { type Column, renderTable } from "./table.ts";
import { count } from "./text.ts";
import { renderDuration, renderRelative, renderTime } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

/** A page of plans as the API answers it. */
export interface PlanListPage {
	plans: PlanDocument[];
	next_cursor: string | null;
	read_source?: string;
}

/** A table of plans, and how to get the next page. */
export function renderPlanList(page: PlanListPage, frame: Frame): string[] {
	const { plans, next_cursor } = page;
	if (plans.length === 0) return ["no plan matches"];
	const lines = renderTable(columns(frame.nowMs), plans, frame);
	const dim = (text: string) => frame.paint("dim", text);
	if (next_cursor !== null) {
		lines.push(dim(`${count(plans.length, "plan")} shown; the next ones:`));
		lines.push(dim(`  --cursor ${next_cursor}`));
	}
	return [...lines, ...sourceNote(page.read_source, frame)];
}

/** Says when an answer is not from the read model. */
export function sourceNote(source: string | undefined, frame: Frame): string[] {
	if (source !== "workflow") return [];
	const text =
		"! read from the workflows: MongoDB is away or has not seen this yet";
	return [frame.paint("waiting", text)];
}

function columns(nowMs: number): Column<PlanDocument>[] {
	return [
		{
			title: "STATUS",
			text: ({ status }) => withSymbol(status),
			tone: ({ status }) => signOf(status).tone,
		},
		{ title: "PLAN", text: ({ plan_id }) => plan_id },
		{
			title: "TICKETS",
			align: "right",
			text: (plan) => `${plan.tickets_completed}/${plan.tickets_generated}`,
		},
		{
			title: "FAILED",
			align: "right",
			spare: 1,
			text: ({ tickets_failed }) =>
				tickets_failed === 0 ? "-" : String(tickets_failed),
			tone: ({ tickets_failed }) => (tickets_failed > 0 ? "bad" : undefined),
		},
		{
			title: "AGE",
			align: "right",
			spare: 2,
			text: ({ created_at }) => renderDuration(nowMs - created_at),
		},
		{
			title: "PROGRESS",
			align: "right",
			spare: 3,
			text: (plan) => lastProgress(plan, nowMs),
		},
		{
			title: "DEADLINE",
			align: "right",
			spare: 5,
			text: ({ sla_deadline, finished_at }) =>
				finished_at === null ? renderRelative(sla_deadline, nowMs) : "-",
			tone: ({ sla_deadline, finished_at }) =>
				finished_at === null && sla_deadline !== null && sla_deadline < nowMs
					? "bad"
					: undefined,
		},
		{
			title: "SLACK",
			align: "right",
			spare: 4,
			text: (plan) => slack(plan, nowMs),
			tone: ({ slack_at }) =>
				slack_at !== null && slack_at < nowMs ? "bad" : undefined,
		},
		{
			title: "VERSION",
			spare: 6,
			text: (plan) => plan.orchestrator_version ?? "-",
		},
		{ title: "RISK", spare: 7, text: ({ risk_band }) => risk_band ?? "-" },
		{ title: "DOMAIN", spare: 8, text: ({ domain }) => domain ?? "-" },
		{
			title: "CREATED",
			spare: 9,
			text: ({ created_at }) => renderTime(created_at),
		},
	];
}

/** Time the rest of the plan may still be put off; `late` when it has been too long already. */
function slack({ slack_at }: PlanDocument, nowMs: number): string {
	if (slack_at === null) return "-";
	return slack_at >= nowMs
		? renderDuration(slack_at - nowMs)
		: `${renderDuration(nowMs - slack_at)} late`;
}

function lastProgress(plan: PlanDocument, nowMs: number): string {
	if (plan.finished_at !== null) {
		return `took ${renderDuration(plan.finished_at - plan.created_at)}`;
	}
	return renderRelative(plan.last_progress_at ?? plan.updated_at, nowMs);
}
