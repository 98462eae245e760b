import type { PlanProblem } from "../domain/documents.ts";
import { OrchestratorError } from "../errors.ts";
import type { ResultReports } from "../plans/workflow-ports.ts";

export interface Report {
	/** As a record of execution.results has it. */
	value: { ticket_id?: unknown };
	/** The plan it must be of; undefined: whichever has the ticket. */
	planId?: string;
	/** Where the value stands in the body, for what is wrong with it. */
	path: `$.body${string}`;
}

/**
 * Gives a report to the plan of its ticket; resolves with that plan's id. Throws REQUEST_INVALID,
 * TICKET_NOT_FOUND, or COMMAND_REFUSED when the plan had ended before.
 */
export async function giveReport(
	results: ResultReports,
	{ value, planId, path }: Report,
): Promise<string> {
	const outcome = await results.report(value, planId);
	if (outcome.kind === "delivered") return outcome.planId;
	if (outcome.kind === "invalid") throw invalid(path, outcome.problems);
	const ticket_id = String(value.ticket_id);
	if (outcome.kind === "late") {
		const text = `ticket ${ticket_id} takes no report any more: ${outcome.reason}`;
		throw new OrchestratorError("COMMAND_REFUSED", text, { allowed: [] });
	}
	const where = planId === undefined ? "" : ` in plan ${planId}`;
	throw new OrchestratorError(
		"TICKET_NOT_FOUND",
		`ticket ${ticket_id} not found${where}`,
	);
}

/** The paths are of the record: in the body they lie deeper. */
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
