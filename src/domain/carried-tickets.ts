import type { AttemptState, TicketState } from "./execution/state.ts";
import { jsonBytes } from "./json-bytes.ts";
import { type PackedColumn, packValues, unpackValues } from "./pack-records.ts";

/** The states of many tickets, in the form that one run of a large plan passes to the next. */
export interface PackedTickets {
	count: number;
	column: PackedColumn;
}

const OMITTED = "it lies in the record of the result";
/** Stands for an output that was left out. */
export const omittedOutput: Readonly<Record<string, string>> = {
	omitted: OMITTED,
};
/** Length of a shortened agent id, where there is no room: enough to recognise the agent. */
const MAX_AGENT_LENGTH = 16;

/**
 * Packs tickets with as much of their free text as fits into `textBytes`: the outputs, errors and agents of
 * later tickets are left out; the records of their results have them. Ids of compensations are left out too:
 * they can be derived from the tickets.
 */
export function packTickets(
	tickets: readonly TicketState[],
	textBytes: number,
): PackedTickets {
	let bytes = 0;
	const states = tickets.map((state) => {
		bytes += textBytesOf(state);
		const slim = bytes <= textBytes ? state : withoutTexts(state);
		return {
			...withoutPrediction(slim),
			compensationTicketId: slim.compensationTicketId && "",
		};
	});
	return { count: tickets.length, column: packValues(states) };
}

/** Unpacks the tickets; `compensationIdOf` derives the id of a ticket's compensation. */
export function unpackTickets(
	{ count, column }: PackedTickets,
	compensationIdOf: (ticket: number, state: TicketState) => string,
): TicketState[] {
	const states = unpackValues(column, count) as TicketState[];
	return states.map((state, ticket) =>
		state.compensationTicketId === ""
			? { ...state, compensationTicketId: compensationIdOf(ticket, state) }
			: state,
	);
}

function textBytesOf({
	output,
	errorMessage,
	agentId,
	attempts,
	rejection,
}: TicketState): number {
	const texts: unknown[] = [output, errorMessage, agentId, rejection ?? null];
	for (const attempt of attempts)
		texts.push(attempt.errorMessage, attempt.agentId);
	return texts.reduce<number>(
		(sum, text) => (text === null ? sum : sum + jsonBytes(text)),
		0,
	);
}

/** Its document keeps the prediction. */
function withoutPrediction(state: TicketState): TicketState {
	if (state.allocation?.prediction === undefined) return state;
	const { prediction: _, ...allocation } = state.allocation;
	return { ...state, allocation };
}

/** What refused a ticket is left out: its document keeps it. */
function withoutTexts({ rejection: _, ...state }: TicketState): TicketState {
	const isEmpty = state.output === null || jsonBytes(state.output) <= 2;
	return {
		...withoutErrors(state),
		output: isEmpty ? state.output : omittedOutput,
		attempts: state.attempts.map(withoutErrors),
	};
}

function withoutErrors<T extends TicketState | AttemptState>(state: T): T {
	const { errorMessage, agentId } = state;
	return {
		...state,
		errorMessage: errorMessage === null ? null : `omitted: ${OMITTED}`,
		agentId: agentId === null ? null : agentId.slice(0, MAX_AGENT_LENGTH),
	};
}
