import { reachable } from "../dag.ts";
import type { PlanTerms, TicketSpec } from "../generate-tickets.ts";
import { withText } from "../text-fields.ts";
import { attemptId } from "../ticket-ids.ts";
import { textBytes } from "../write-chunks.ts";
import { type Execution, specOf, stateOf, type TicketState } from "./state.ts";

/** A compensation gets two minutes (contracts.md, "Compensation actions"). */
const COMPENSATION_TIMEOUT_MS = 120_000;

export interface CompensationPlan {
	/** Positions of the tickets to undo; spec i undoes `originals[i]`. */
	originals: number[];
	specs: TicketSpec[];
}

/**
 * Decides what is undone and in which order (protocol.md, "Compensation"): tickets that failed or timed
 * out and their completed predecessors, dependants first, without those on which kept work rests. For
 * a cancelled plan all completed tickets and all whose work was under way or had failed.
 */
export function planCompensation(
	execution: Execution,
	terms: PlanTerms,
	cancelled: boolean,
): CompensationPlan {
	const chosen = cancelled
		? chooseAllTouched(execution)
		: chooseFailedAndBelow(execution);
	// Specs are in topological order, so the reverse has dependants first.
	const originals = [...chosen].sort((a, b) => b - a);
	const specs = compensationSpecs(execution, originals, terms);
	return { originals, specs };
}

type CompensationTerms = Pick<PlanTerms, "created_at" | "isMarked">;

/** One compensation for each of these tickets; the same again while they run and after it. */
export function compensationSpecs(
	execution: Execution,
	originals: readonly number[],
	terms: CompensationTerms,
): TicketSpec[] {
	const place = new Map(originals.map((ticket, index) => [ticket, index]));
	const deadlines: number[] = [];
	return originals.map((ticket, index) => {
		const before = (execution.dependants[ticket] ?? []).flatMap(
			(dependant) => place.get(dependant) ?? [],
		);
		// The time-outs of the longest path that ends here, as of any ticket (protocol.md, "Time").
		const startAtMs = before.reduce(
			(latest, other) => Math.max(latest, deadlines[other] ?? 0),
			terms.created_at,
		);
		deadlines[index] = startAtMs + COMPENSATION_TIMEOUT_MS;
		return createCompensation(execution, ticket, before, {
			...terms,
			deadline: startAtMs + COMPENSATION_TIMEOUT_MS,
		});
	});
}

/** Id of the ticket that undoes the ticket of this spec. */
export function compensationId(
	planId: string,
	{ task_id, generation }: Pick<TicketSpec, "task_id" | "generation">,
): string {
	return attemptId({
		planId,
		taskId: task_id,
		generation,
		attempt: 1,
		compensation: true,
	});
}

function chooseAllTouched({ tickets }: Execution): Set<number> {
	return new Set(
		tickets.flatMap((state, ticket) => {
			// Under V1 a skipped ticket was published too, but no worker began it.
			const isUndone =
				isUntouched(state) &&
				(state.outcome === "completed" ||
					(wasPublished(state) && state.outcome !== "skipped"));
			return isUndone ? [ticket] : [];
		}),
	);
}

function wasPublished({ attempts }: TicketState): boolean {
	return attempts.some(({ publishedAt }) => publishedAt !== null);
}

function chooseFailedAndBelow(execution: Execution): Set<number> {
	const { tickets, specs } = execution;
	const failed = tickets.flatMap(({ outcome }, ticket) =>
		outcome === "failed" || outcome === "timed_out" ? [ticket] : [],
	);
	const predecessors = reachable(
		specs.map(({ dependencies }) => dependencies),
		failed,
	);
	const kept = findKept(execution, predecessors);
	const undone = [
		// A ticket whose publication was refused has left nothing to undo.
		...failed.filter((ticket) => wasPublished(stateOf(execution, ticket))),
		...[...predecessors].filter(
			(ticket) => tickets[ticket]?.outcome === "completed",
		),
	];
	return new Set(
		undone.filter(
			(ticket) => !kept.has(ticket) && isUntouched(stateOf(execution, ticket)),
		),
	);
}

/** After a rerun, a ticket that was to be undone before is undone, or an incident said that it could not be. */
function isUntouched({ compensationTicketId }: TicketState): boolean {
	return compensationTicketId === null;
}

/** The completed tickets that stay, and all tickets they rest on, however far below. */
function findKept(
	{ tickets, dependants }: Execution,
	predecessors: ReadonlySet<number>,
): Set<number> {
	const kept = new Set<number>();
	// Dependants come first.
	for (let ticket = tickets.length - 1; ticket >= 0; ticket--) {
		const isKept =
			(tickets[ticket]?.outcome === "completed" && !predecessors.has(ticket)) ||
			(dependants[ticket] ?? []).some((dependant) => kept.has(dependant));
		if (isKept) kept.add(ticket);
	}
	return kept;
}

/** Parameters a compensation takes over from the original, with their defaults (contracts.md, "Compensation actions"). */
const actions: Partial<
	Record<
		TicketSpec["task_type"],
		{ action: string; parameters: Record<string, unknown> }
	>
> = {
	BUILD: {
		action: "delete_artifacts",
		parameters: {
			artifact_ids: [],
			registry_url: "",
			image_tag: "",
			repository: "",
		},
	},
	DEPLOY: {
		action: "rollback_deployment",
		parameters: {
			deployment_name: "",
			previous_revision: "HEAD~1",
			namespace: "default",
			provider: "argocd",
			cluster_server: "",
		},
	},
	TEST: {
		action: "cleanup_test_env",
		parameters: {
			test_id: "",
			namespace: "default",
			resources: "",
			cleanup_jobs: true,
		},
	},
	VALIDATE: {
		action: "revert_approval",
		parameters: {
			approval_id: "",
			validation_id: "",
			revert_status: "PENDING",
		},
	},
	EXECUTE: {
		action: "rollback_execution",
		parameters: {
			execution_id: "",
			rollback_script: "",
			working_dir: "",
			cleanup_outputs: true,
		},
	},
};

function createCompensation(
	execution: Execution,
	ticket: number,
	dependencies: number[],
	{
		created_at,
		deadline,
		isMarked,
	}: Pick<TicketSpec, "deadline"> & CompensationTerms,
): TicketSpec {
	const original = specOf(execution, ticket);
	const outcome = outcomeBefore(stateOf(execution, ticket));
	const action = actionParameters(original);
	const { sensitive } = original.metadata;
	return {
		ticket_id: compensationId(execution.planId, original),
		task_id: original.task_id,
		task_type: "COMPENSATE",
		description: `undo task ${original.task_id}`,
		dependencies,
		parameters: {
			...action,
			reason: `ticket ${outcome}`,
			original_ticket_id: original.ticket_id,
			original_task_type: original.task_type,
		},
		required_capabilities: original.required_capabilities,
		estimated_duration_ms: COMPENSATION_TIMEOUT_MS,
		timeout_ms: COMPENSATION_TIMEOUT_MS,
		created_at,
		deadline,
		generation: original.generation,
		compensates: original.ticket_id,
		metadata: {
			compensation_reason: `ticket ${outcome}`,
			original_task_type: original.task_type,
			original_status: outcome === "completed" ? "COMPLETED" : "FAILED",
			...(isMarked && sensitive !== undefined && { sensitive }),
		},
		formerBytes: textBytes(formerParameters(original)) - textBytes(action),
	};
}

/** The outcome that caused the compensation, also after it. */
function outcomeBefore({ outcome, attempts }: TicketState): string {
	if (outcome !== "compensated") return String(outcome);
	if (attempts.some(({ end }) => end === "completed")) return "completed";
	return attempts.at(-1)?.end ?? "failed";
}

function actionParameters({
	task_type,
	parameters,
}: TicketSpec): Record<string, unknown> {
	const known = actions[task_type];
	if (known === undefined)
		return { action: "generic_cleanup", original_params: parameters };
	const taken = Object.entries(known.parameters).map(([name, preset]) => [
		name,
		parameters[name] ?? preset,
	]);
	return { action: known.action, ...Object.fromEntries(taken) };
}

/** Parameters as earlier releases made them: all were text. */
function formerParameters(original: TicketSpec): Record<string, unknown> {
	const { fields } = withText(original.parameters, "parameters");
	const action = actionParameters({ ...original, parameters: fields });
	if ("original_params" in action)
		return { ...action, original_params: JSON.stringify(fields) };
	return "artifact_ids" in action && fields.artifact_ids === undefined
		? { ...action, artifact_ids: "" }
		: action;
}
