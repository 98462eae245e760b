import { patched } from "@temporalio/workflow";
import {
	omittedOutput,
	type PackedTickets,
	packTickets,
	unpackTickets,
} from "../src/domain/carried-tickets.ts";
import type { DocumentWrite } from "../src/domain/documents.ts";
import { restoreExecution } from "../src/domain/execution/open-execution.ts";
import {
	compensationId,
	compensationSpecs,
} from "../src/domain/execution/plan-compensation.ts";
import { withNewestFormer } from "../src/domain/execution/rerun.ts";
import type { Execution, TicketState } from "../src/domain/execution/state.ts";
import type { PlanTerms, TicketSpec } from "../src/domain/generate-tickets.ts";
import { jsonBytes } from "../src/domain/json-bytes.ts";
import type { TicketResult } from "../src/domain/plan-run.ts";
import { readPlan } from "../src/domain/read-plan.ts";
import { PLAN_OUTCOMES } from "../src/domain/rollout/plan-outcome.ts";
import { mayTravel } from "../src/domain/write-chunks.ts";
import { compensationRules } from "./compensate-plan.ts";
import { rulesOf, specsOfPlan } from "./generate-plan-tickets.ts";
import { carriedCommands } from "./plan-answers.ts";
import { historyOfChain, type PlanRun, type RunFacts } from "./run-state.ts";

/** The state that one run hands to the next: all that is not in the input and cannot be computed again. */
export interface CarriedRun {
	facts: RunFacts;
	/** Empty when the tickets are packed, and before C2. */
	tickets: TicketState[];
	compensation: { specs: TicketSpec[]; tickets: TicketState[] } | null;
	inbox: TicketResult[];
	outbox: Omit<DocumentWrite, "revision">[];
	/** A person's answer, if the plan has not gone on yet. */
	approval?: PlanRun["approval"];
	/** The tickets of a large plan. */
	packed?: {
		tickets: PackedTickets;
		/** Its specs follow from the plan's tickets, so they are not carried. */
		compensation: { created_at: number; tickets: PackedTickets } | null;
	};
}

/**
 * Limit for a run and its input as JSON before the run is packed. Temporal takes 2 MB of both together,
 * compressed; some plans hardly compress.
 */
const MAX_PLAIN_BYTES = 1_900_000;
/** A packed ticket is mostly numbers, which compression halves. */
const PACKED_TICKET_BYTES = 70;
/** Intake takes no larger plan; the parsed plan may be longer, and compresses to less. */
const MAX_INPUT_BYTES = 1_572_864;
/** Commands, stray results, problems, the consolidated result; results that wait for their tickets. */
const FACTS_BYTES = 490_000;
/** However large the plan is, this much of its tickets' texts, and of its unwritten documents, is carried. */
const LEAST_TEXT_BYTES = 64_000;
const MOST_OUTBOX_BYTES = 1_000_000;

/** At most so many results without tickets are carried: the newest ones. */
const MAX_CARRIED_UNPLACED = 1_000;
const MAX_UNPLACED_BYTES = 340_000;

/** Whether the unwritten documents leave room for the rest of what the next run needs. */
export function mayContinueAsNew(run: PlanRun): boolean {
	// The outcome is small, and runs that an earlier build began had none.
	const writes = [...run.outbox.values()].filter(
		({ collection }) => collection !== PLAN_OUTCOMES,
	);
	const former = mayTravel(writes);
	const fits = jsonBytes(writes) <= outboxLimit(run);
	return fits === former || !patched("9-carried") ? former : fits;
}

function outboxLimit(run: PlanRun): number {
	return Math.min(MOST_OUTBOX_BYTES, freeBytes(run));
}

/** The room that the plan, its tickets' states and the facts leave. */
function freeBytes(run: PlanRun): number {
	run.inputBytes ??= Math.min(jsonBytes(run.input), MAX_INPUT_BYTES);
	const tickets =
		(run.execution?.tickets.length ?? 0) +
		(run.compensation?.tickets.length ?? 0);
	const taken = run.inputBytes + tickets * PACKED_TICKET_BYTES + FACTS_BYTES;
	return Math.max(LEAST_TEXT_BYTES, MAX_PLAIN_BYTES - taken);
}

/** How many of the results without tickets are not carried: the oldest. */
export function excessUnplaced(run: PlanRun): number {
	const { unplaced } = run;
	const room = Math.min(MAX_UNPLACED_BYTES, freeBytes(run));
	let bytes = 0;
	const kept = unplaced
		.slice(-MAX_CARRIED_UNPLACED)
		.reverse()
		.findIndex((result) => {
			bytes += jsonBytes(withoutOutput(result));
			return bytes > room;
		});
	return unplaced.length - (kept === -1 ? MAX_CARRIED_UNPLACED : kept);
}

/**
 * The state that the next run needs; this run is not changed. `allUnwritten`: nobody knows whether the
 * documents on their way to MongoDB were stored, so all are written again.
 */
export function carryRun(run: PlanRun, allUnwritten = false): CarriedRun {
	const { facts, execution, compensation } = run;
	const stateOfAll = allUnwritten ? asUnwritten : undocumented;
	const plain: CarriedRun = {
		facts: {
			...facts,
			commands: carriedCommands(facts),
			historyBefore: historyOfChain(facts),
		},
		tickets: stateOfAll(execution),
		compensation:
			compensation === undefined
				? null
				: {
						specs: [...compensation.specs],
						tickets: stateOfAll(compensation),
					},
		inbox: [
			...run.unplaced
				.slice(Math.max(0, excessUnplaced(run)))
				.map(withoutOutput),
			...run.inbox,
		],
		outbox: [...run.outbox.values()],
		...(run.approval && { approval: run.approval }),
	};
	const bytes = jsonBytes(run.input) + jsonBytes(plain);
	return bytes <= MAX_PLAIN_BYTES ? plain : packRun(run, plain);
}

/** The same with its tickets packed, and as many of their texts as there is room for. */
function packRun(run: PlanRun, plain: CarriedRun): CarriedRun {
	const { tickets, compensation, outbox } = plain;
	const room = freeBytes(run) - jsonBytes(outbox);
	const textBytes = Math.max(LEAST_TEXT_BYTES, room);
	return {
		...plain,
		tickets: [],
		compensation: null,
		packed: {
			tickets: packTickets(tickets, textBytes),
			compensation: compensation && {
				created_at: compensation.specs[0]?.created_at ?? 0,
				tickets: packTickets(compensation.tickets, LEAST_TEXT_BYTES),
			},
		},
	};
}

/** Tickets with unwritten documents are carried as not documented, so that the next run writes them whole. */
function undocumented(execution: Execution | undefined): TicketState[] {
	if (execution === undefined) return [];
	return execution.tickets
		.map(withNewestFormer)
		.map((state, ticket) =>
			execution.dirty.has(ticket) ? { ...state, documented: false } : state,
		);
}

function asUnwritten(execution: Execution | undefined): TicketState[] {
	if (execution === undefined) return [];
	return execution.tickets.map(withNewestFormer).map((state) => ({
		...state,
		documented: false,
		attempts: state.attempts.map((attempt) => ({
			...attempt,
			documented: false,
			dirty: true,
		})),
	}));
}

function withoutOutput(result: TicketResult): TicketResult {
	const isEmpty = Object.keys(result.output).length === 0;
	return isEmpty ? result : { ...result, output: omittedOutput };
}

/** Restores the state that the run before handed over. */
export function restoreRun(run: PlanRun, carried: CarriedRun): void {
	run.plan = readPlan(run.input.plan, { formerRules: true }).plan;
	run.approval = carried.approval;
	const { terms } = run.facts;
	if (terms !== null) restoreTickets(run, carried, terms);
	run.inbox.push(...carried.inbox);
	for (const write of carried.outbox)
		run.outbox.set(`${write.collection}/${write._id}`, write);
}

function restoreTickets(
	run: PlanRun,
	carried: CarriedRun,
	terms: PlanTerms,
): void {
	const { packed } = carried;
	const planId = run.identity.plan_id;
	const specs = specsOfPlan(run.input, terms);
	const tickets = packed
		? unpackTickets(packed.tickets, (ticket, { renewal }) => {
				const { task_id } = specs[ticket] as TicketSpec;
				const generation = renewal?.generation ?? 1;
				return compensationId(planId, { task_id, generation });
			})
		: carried.tickets;
	const hasFallenBack = run.facts.fallback !== undefined;
	const rules = rulesOf(run.input, terms, hasFallenBack);
	const execution = restoreExecution(planId, specs, rules, tickets);
	run.execution = execution;
	const compensation = packed
		? unpackCompensation(run, execution, packed.compensation)
		: carried.compensation;
	if (compensation === null) return;
	run.compensation = restoreExecution(
		planId,
		compensation.specs,
		compensationRules(run.input, terms),
		compensation.tickets,
	);
}

function unpackCompensation(
	{ facts }: PlanRun,
	execution: Execution,
	packed: NonNullable<CarriedRun["packed"]>["compensation"],
): CarriedRun["compensation"] {
	if (packed === null) return null;
	const { created_at, tickets } = packed;
	const originals = facts.compensatedOriginals;
	return {
		specs: compensationSpecs(execution, originals, {
			...facts.terms,
			created_at,
		}),
		// A compensation is itself never compensated.
		tickets: unpackTickets(tickets, () => ""),
	};
}
