import type { TicketDocument } from "../domain/documents.ts";
import type { TicketSummary } from "../domain/ended-plan-result.ts";
import { TICKETS } from "./plan-queries.ts";
import type { Mongo } from "./storage-context.ts";

const TIMEOUT_MS = 15_000;
const FIELDS = {
	ticket_id: 1,
	outcome: 1,
	actual_duration_ms: 1,
	finished_at: 1,
	"sla.deadline": 1,
} as const;
type Ticket = Pick<
	TicketDocument,
	"ticket_id" | "outcome" | "actual_duration_ms" | "finished_at"
> &
	Partial<Pick<TicketDocument, "sla">>;

/** The summary that C5 would make from the stored tickets. */
export async function summarizeTickets(
	mongo: Mongo,
	planId: string,
): Promise<TicketSummary> {
	const tickets = (await mongo.run(
		{ collection: TICKETS, name: "summarize", timeoutMs: TIMEOUT_MS },
		async (target) =>
			await target
				.find(
					{ plan_id: planId, superseded_by: null, compensates: null },
					{ projection: FIELDS, sort: { created_at: 1, order: 1, _id: 1 } },
				)
				.toArray(),
	)) as unknown as Ticket[];
	// Documents of earlier releases may have no such field.
	const deadlines = tickets.flatMap(({ sla }) => sla?.deadline ?? []);
	return {
		ticket_ids: tickets.map(({ ticket_id }) => ticket_id),
		compensated: tickets.filter(({ outcome }) => outcome === "compensated")
			.length,
		total_duration_ms: tickets.reduce(
			(sum, ticket) => sum + (ticket.actual_duration_ms ?? 0),
			0,
		),
		sla_violations: tickets.filter(isLate).length,
		sla_deadline: deadlines.reduce<number | null>(
			(latest, deadline) => Math.max(latest ?? 0, deadline),
			null,
		),
	};
}

function isLate({ outcome, finished_at, sla }: Ticket): boolean {
	if (outcome === "skipped" || outcome === "cancelled") return false;
	return (finished_at ?? 0) > (sla?.deadline ?? Infinity);
}
