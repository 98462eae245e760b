import type { AttemptDocument, AttemptsPart } from "../src/domain/documents.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import { fitPayload } from "../src/domain/payload-limits.ts";
import {
	type LinkedNode,
	nodeOfTicket,
	nodesOfPlan,
	type PlanGraphPart,
} from "../src/domain/plan-graph.ts";
import { readPlan } from "../src/domain/read-plan.ts";
import { attemptDocument } from "../src/domain/ticket-documents.ts";
import { unwritten } from "./plan-answers.ts";
import { executionsOf, type PlanRun } from "./run-state.ts";

export interface PartRequest {
	/** The number of items that the caller has already. */
	offset?: number;
}

/** Some of the plan's tasks with their state; before C2, and for an invalid plan, as the plan has them. */
export function graphPart(
	run: PlanRun,
	{ offset = 0 }: PartRequest,
): PlanGraphPart {
	const { execution } = run;
	if (execution === undefined) {
		const nodes = nodesOfInput(run);
		return {
			nodes: fitPayload(nodes.slice(offset), (node) => node),
			total: nodes.length,
		};
	}
	return {
		nodes: fitPayload([...execution.specs.keys()].slice(offset), (ticket) =>
			nodeOfTicket(execution, ticket),
		),
		total: execution.specs.length,
	};
}

/** While the ledger has not answered there is no plan to look at. */
function nodesOfInput({ plan, input }: PlanRun): LinkedNode[] {
	if (plan !== undefined) return nodesOfPlan(plan);
	return input.plan === null ? [] : nodesOfPlan(readPlan(input.plan).plan);
}

/** Some of the plan's published attempts, those of its compensation included. */
export function attemptsPart(
	run: PlanRun,
	{ offset = 0 }: PartRequest,
): AttemptsPart {
	const makers = attemptMakers(run);
	return {
		attempts: fitPayload(makers.slice(offset), (make) => make()),
		total: makers.length,
	};
}

type Attempt = Omit<AttemptDocument, "revision">;

/** All of them, those of tickets that a rerun has replaced as far as they are not stored. */
export function everyAttempt(run: PlanRun): Attempt[] {
	return attemptMakers(run).map((make) => make());
}

/** Each document is made when it is needed. */
function attemptMakers(run: PlanRun): (() => Attempt)[] {
	const { identity, facts } = run;
	const { terms } = facts;
	if (terms === null) return [];
	const nowMs = Date.now();
	const replaced = unwritten<AttemptDocument>(run, "ticket_attempts");
	return [
		...executionsOf(run)
			.flatMap(publishedAttempts)
			.map(
				({ execution, ticket, attempt }) =>
					() =>
						attemptDocument(
							{ execution, identity, terms },
							ticket,
							attempt,
							nowMs,
						),
			),
		...replaced.map((one) => () => one),
	];
}

function publishedAttempts(execution: Execution) {
	return execution.tickets.flatMap(({ attempts }, ticket) =>
		attempts.flatMap(({ publishedAt }, index) =>
			publishedAt === null ? [] : [{ execution, ticket, attempt: index + 1 }],
		),
	);
}
