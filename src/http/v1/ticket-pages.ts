import Type from "typebox";
import { ticketStatuses } from "../../../schemas/execution-ticket.ts";
import type { TicketDocument } from "../../domain/documents.ts";
import type { TicketPage, TicketQuery } from "../../plans/plan-ports.ts";
import { readSourceSchema, ticketInListSchema } from "./plan-schemas.ts";

/** Status words of the earlier service: in any case, and one that no ticket has here. */
const words = [...ticketStatuses, "REJECTED"];

/** The status that tickets of a list must have. */
export const ticketStatusFilterSchema = Type.String({
	pattern: `^(?:${words.map(ignoreCase).join("|")})$`,
	description: `${ticketStatuses.join(", ")}, in any case`,
});

/** Fields of every page of tickets. */
export const ticketPageFields = {
	tickets: Type.Array(ticketInListSchema),
	total: Type.Integer(),
	limit: Type.Integer(),
	offset: Type.Integer(),
	has_more: Type.Boolean(),
	read_source: readSourceSchema,
};

/** The filter for a client's status word. */
export function ticketFilter(
	status: string | undefined,
): Pick<TicketQuery, "status"> {
	if (status === undefined) return {};
	return { status: status.toUpperCase() as TicketDocument["status"] };
}

/** A page in the clients' form. */
export function ticketPage(
	{ tickets, total }: TicketPage,
	{ offset, limit }: { offset: number; limit: number },
) {
	const has_more = offset + tickets.length < total;
	return { tickets, total, limit, offset, has_more };
}

/** A pattern that matches the word in any case: JSON Schema patterns have no flags. */
function ignoreCase(word: string): string {
	return [...word]
		.map((letter) => `[${letter}${letter.toLowerCase()}]`)
		.join("");
}
