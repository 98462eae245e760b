import type { TicketDocument } from "../../domain/documents.ts";
import type { Frame } from "./paint.ts";
import { sourceNote } from "./plan-list.ts";
import { type Column, renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";
import { renderDuration } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

/** A page of tickets as the API answers it. */
export interface TicketsPage {
	tickets: TicketDocument[];
	total: number;
	offset: number;
	has_more: boolean;
	read_source?: string;
}

/** A table of a plan's tickets in the plan's order. */
export function renderTickets(page: TicketsPage, frame: Frame): string[] {
	const { tickets, total, offset, has_more } = page;
	if (tickets.length === 0) return ["no tickets yet"];
	const lines = [
		...renderTable(columns(frame.nowMs), tickets, frame),
		...tickets.flatMap((ticket) => renderError(ticket, frame)),
	];
	if (has_more) {
		const next = offset + tickets.length;
		const text = `${count(tickets.length, "ticket")} of ${total}; the next ones: --offset ${next}, or --all`;
		lines.push(frame.paint("dim", text));
	}
	return [...lines, ...sourceNote(page.read_source, frame)];
}

function columns(nowMs: number): Column<TicketDocument>[] {
	return [
		{
			title: "STATE",
			text: (ticket) => withSymbol(stateOf(ticket)),
			tone: (ticket) => signOf(stateOf(ticket)).tone,
		},
		{ title: "TASK", text: nameOf },
		{
			title: "ATTEMPT",
			align: "right",
			spare: 2,
			text: ({ attempt }) => String(attempt),
		},
		{
			title: "TOOK",
			align: "right",
			text: (ticket) => renderDuration(runTime(ticket, nowMs)),
		},
		{ title: "TYPE", spare: 4, text: ({ task_type }) => task_type },
		{
			title: "AGENT",
			spare: 3,
			text: (ticket) => ticket.agent_id ?? "-",
		},
		{ title: "TICKET", spare: 5, text: ({ ticket_id }) => ticket_id },
	];
}

/** Error messages in full: people need them to decide. */
function renderError(
	ticket: TicketDocument,
	{ width, paint }: Frame,
): string[] {
	const { error_message } = ticket;
	if (error_message === null) return [];
	return wrap(`${nameOf(ticket)}: ${error_message}`, width, "  ").map((line) =>
		paint("bad", line),
	);
}

/** A compensation names its task; a ticket of a rerun is distinguished from the one it replaced. */
function nameOf({
	task_id,
	compensates = null,
	description,
	generation,
}: TicketDocument): string {
	const name = compensates === null ? task_id : description;
	return generation > 1 ? `${name} (run ${generation})` : name;
}

/** The outcome says more than the status, once there is one. */
function stateOf({ status, outcome }: TicketDocument): string {
	return (outcome ?? status).toLowerCase();
}

function runTime(ticket: TicketDocument, nowMs: number): number | null {
	if (ticket.actual_duration_ms !== null) return ticket.actual_duration_ms;
	if (ticket.started_at === null || ticket.outcome !== null) return null;
	return nowMs - ticket.started_at;
}
