import {
	ApplicationFailure,
	condition,
	defineQuery,
	defineSignal,
	defineUpdate,
	setHandler,
	upsertSearchAttributes,
} from "@temporalio/workflow";
import { commandHash } from "../../src/domain/plan-commands.ts";
import {
	type CommandAnswer,
	type DecisionSummary,
	type PlanCommand,
	type PlanRunInput,
	planQueries,
	planSignals,
	planUpdates,
	type RecordDecisionInput,
	type TicketResult,
} from "../../src/domain/plan-run.ts";
import { searchAttributes } from "../../src/domain/search-attributes.ts";

/** What the stand-in tells of itself. */
export interface StandInState {
	plan_id: string;
	decision_id: string;
	input: PlanRunInput;
	/** The batches, in the order they came. */
	signals: TicketResult[][];
}

/** `completed`, or the type of the failure the run ends with; the first one counts. */
export const finishSignal = defineSignal<[string]>("finish");
export const setStatusSignal = defineSignal<[string]>("set_status");

/** Stands in for the real workflow: gathers what it is sent and ends as it is told. */
export async function orchestratePlan(input: PlanRunInput): Promise<string> {
	const { plan_id, decision_id } = input.decision;
	const state: StandInState = { plan_id, decision_id, input, signals: [] };
	let end: string | undefined;
	setHandler(defineQuery(planQueries.plan), () => state);
	setHandler(defineQuery(planQueries.why), () => ({ plan_id, total: 0 }));
	setHandler(defineQuery<unknown, [object]>(planQueries.tickets), (range) => [
		range,
	]);
	setHandler(
		defineSignal<[TicketResult[]]>(planSignals.ticketResults),
		(results) => {
			state.signals.push(results);
		},
	);
	setHandler(
		defineSignal<[DecisionSummary]>(planSignals.decisionRejected),
		() => {
			end ??= "PLAN_REJECTED";
		},
	);
	setHandler(finishSignal, (how) => {
		end ??= how;
	});
	setHandler(setStatusSignal, (value) => {
		upsertSearchAttributes([{ key: searchAttributes.planStatus, value }]);
	});
	setHandler(
		defineUpdate<CommandAnswer, [PlanCommand]>(planUpdates.cancel),
		(command) => {
			end = command.reason;
			return {
				plan_id,
				status: "CANCELLED",
				command_id: "c-1",
				outcome: "it ends",
				details: {},
				command_hash: commandHash("cancel", command),
			};
		},
		{
			validator({ reason }) {
				if (reason === "") {
					throw ApplicationFailure.create({
						type: "COMMAND_REFUSED",
						message: "a reason is needed",
					});
				}
			},
		},
	);
	await condition(() => end !== undefined);
	if (end === "completed") return end;
	throw ApplicationFailure.create({
		type: end ?? "",
		message: `ended as ${end}`,
		nonRetryable: true,
	});
}

/** Stands in for the real workflow: a recorded decision is done at once. */
export async function recordDecision(
	input: RecordDecisionInput,
): Promise<string> {
	return input.decision.decision_id;
}
