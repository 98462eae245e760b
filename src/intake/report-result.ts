import { readResult } from "../domain/read-result.ts";
import { TOKEN_HEADER, textHeaders } from "../domain/record-headers.ts";
import { type TicketClaim, withoutSecrets } from "../plans/result-tokens.ts";
import type { ReportFacts, ReportOutcome } from "../plans/workflow-ports.ts";
import {
	type DeliverResultsDeps,
	type Read,
	settleLate,
	signal,
} from "./deliver-results.ts";

/**
 * Sends a result that came by HTTP to the run of the named plan, or of the plan that has the ticket. Safe to
 * repeat: the run recognises duplicates. Throws TEMPORAL_UNAVAILABLE or TOKENS_UNAVAILABLE when it may be asked again.
 */
export function createReportResult(
	deps: Pick<
		DeliverResultsDeps,
		"tickets" | "tokens" | "attempts" | "batcher" | "metrics" | "log"
	>,
) {
	return async (
		value: object,
		{ planId: named, token }: ReportFacts = {},
	): Promise<ReportOutcome> => {
		const reading = readResult(value, null);
		if (!reading.ok) return { kind: "invalid", problems: reading.problems };
		const { ticketId: ticket_id } = reading;
		const headers =
			token === undefined ? [] : textHeaders({ [TOKEN_HEADER]: token });
		const claim: TicketClaim = { ticketId: ticket_id, value, headers };
		if (!(await deps.tokens.isProven(claim))) return { kind: "unproven" };
		const result = withoutSecrets(reading.result, deps.tokens.secretsOf(claim));
		const planIds = await deps.tickets.resolve([ticket_id]);
		const planId =
			planIds.get(ticket_id) ?? named ?? reading.planId ?? undefined;
		if (planId === undefined || planId !== (named ?? planId))
			return { kind: "unknown" };
		const read: Read = { kind: "read", result, namedPlanId: planId };
		const outcome = await signal(deps, read, planId);
		const [ending] = await settleLate(deps, [outcome], "rest");
		if (ending?.kind === "failed") throw ending.error;
		if (ending?.kind === "dead-letter")
			return { kind: "late", reason: ending.reason.message };
		return ending?.kind === "delivered"
			? { kind: "delivered", planId }
			: { kind: "unknown" };
	};
}
