import type { PlanProblem } from "../domain/documents.ts";
import { OrchestratorError } from "../errors.ts";
import type { ResultReports } from "../plans/workflow-ports.ts";

export interface Report {
	/** The report in the form of a record on execution.results. */
	value: { ticket_id?: unknown };
	/** The plan that must have the ticket; undefined: any plan. */
	planId?: string;
	/** The value of the header `ticket-token`. */
	token?: string | undefined;
	/** The path of the value in the body, for problems. */
	path: `$.body${string}`;
}

/**
 * Delivers a report to the plan of its ticket; resolves with that plan's id. Throws REQUEST_INVALID,
 * TICKET_NOT_FOUND, FORBIDDEN when the report lacks its ticket's token, or COMMAND_REFUSED when the plan had
 * ended before.
 */
export async function giveReport(
	results: ResultReports,
	{ value, planId, token, path }: Report,
): Promise<string> {
	const outcome = await results.report(value, {
		...(planId !== undefined && { planId }),
		...(token !== undefined && { token }),
	});
	if (outcome.kind === "delivered") return outcome.planId;
	if (outcome.kind === "invalid") throw invalid(path, outcome.problems);
	const ticket_id = String(value.ticket_id);
	if (outcome.kind === "late") {
		const text = `ticket ${ticket_id} takes no report any more: ${outcome.reason}`;
		throw new OrchestratorError("COMMAND_REFUSED", text, { allowed: [] });
	}
	if (outcome.kind === "unproven") {
		const text = `the report does not have the token of ticket ${ticket_id}: send metadata.ticket_token of the ticket as result.metadata.ticket_token, or in the header ticket-token`;
		throw new OrchestratorError("FORBIDDEN", text);
	}
	const where = planId === undefined ? "" : ` in plan ${planId}`;
	throw new OrchestratorError(
		"TICKET_NOT_FOUND",
		`ticket ${ticket_id} not found${where}`,
	);
}

/** Paths in the record become paths in the body. */
function invalid(
	path: string,
	problems: readonly PlanProblem[],
): OrchestratorError {
	const own = problems.map((problem) => ({
		...problem,
		path: problem.path.replace(/^\$/, path),
	}));
	const detail = problems.map(({ message }) => message).join("; ");
	return new OrchestratorError("REQUEST_INVALID", detail, { problems: own });
}
