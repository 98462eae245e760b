// Long because every rule of C1 is found in one place.
import { createDag, type Dag, findCycles, orderByPosition } from "./dag.ts";
import type { PlanProblem } from "./documents.ts";
import { addProblem, quote } from "./field-reader.ts";
import { describeDifference, findLookAlike } from "./look-alikes.ts";
import { parseJson } from "./parse-json.ts";
import { firstWithin } from "./payload-limits.ts";
import type { Plan } from "./plan.ts";
import { type ReadingRules, readPlan } from "./read-plan.ts";

export interface ValidationInput extends ReadingRules {
	/** The plan as parsed JSON; text when it was no JSON. */
	plan: unknown;
	/** The plan id of the decision. */
	planId: string;
	nowMs: number;
	maxTasks: number;
}

/** The plan and its graph; positions in the graph are positions in `plan.tasks`. */
export interface ValidatedPlan {
	plan: Plan;
	dag: Dag;
	/** Topological: `execution_order` wherever the dependencies allow it. */
	order: number[];
}

export type Validation =
	| { valid: true; validated: ValidatedPlan; warnings: PlanProblem[] }
	| { valid: false; problems: PlanProblem[]; warnings: PlanProblem[] };

/** C1. Finds every problem of a plan in one go, each with its JSON path and a sentence. Never throws. */
export function validatePlan({
	plan: value,
	planId,
	nowMs,
	maxTasks,
	formerRules = false,
}: ValidationInput): Validation {
	if (typeof value === "string") {
		return invalid([
			{
				path: "$",
				code: "PLAN_NOT_JSON",
				message: `$ is text${whyNoJson(value)}: publish cognitive_plan as a JSON object in a string`,
			},
		]);
	}
	const { plan, problems } = readPlan(value, { formerRules });
	checkIdentity(plan, planId, problems);
	checkExpiry(plan, nowMs, problems);
	checkSize(plan, maxTasks, problems);
	const positions = checkTaskIds(plan, problems);
	checkExecutionOrder(plan, positions, problems);
	const dag = checkDependencies(plan, positions, problems);
	if (problems.length > 0) return invalid(problems);

	const { order, warnings } = orderTasks(plan, dag, positions);
	return { valid: true, validated: { plan, dag, order }, warnings };
}

/** A valid plan with its graph, the same at every call, also under the rules of earlier builds. */
export function orderPlan(value: unknown): ValidatedPlan {
	const { plan } = readPlan(value, { formerRules: true });
	const positions = new Map(
		plan.tasks.map(({ task_id }, index) => [task_id, index]),
	);
	const dag = graphOf(plan, positions);
	return { plan, dag, order: orderTasks(plan, dag, positions).order };
}

function graphOf({ tasks }: Plan, positions: Map<string, number>): Dag {
	return createDag(
		tasks.map(({ dependencies }) => {
			const known = dependencies.flatMap((id) => positions.get(id) ?? []);
			return [...new Set(known)];
		}),
	);
}

function whyNoJson(text: string): string {
	try {
		parseJson(text);
		return "";
	} catch (error) {
		return ` that is no JSON (${(error as Error).message})`;
	}
}
/** Problems are part of the plan's document, its audit and its answers. */
const MAX_PROBLEMS_BYTES = 256_000;

function invalid(problems: PlanProblem[]): Validation {
	const told = firstWithin(problems, MAX_PROBLEMS_BYTES);
	const more = problems.length - told.length;
	if (more > 0)
		told.push({
			path: "$",
			code: "TOO_MANY_PROBLEMS",
			message: `and ${more} more problems: mend these first`,
		});
	return { valid: false, problems: told, warnings: [] };
}

function checkIdentity(
	plan: Plan,
	planId: string,
	problems: PlanProblem[],
): void {
	if (plan.plan_id === "" || plan.plan_id === planId) return;
	const alike = findLookAlike(plan.plan_id, [[planId, 0]]);
	const difference =
		alike === undefined ? "" : `; ${describeDifference(plan.plan_id, planId)}`;
	addProblem(problems, {
		path: "$.plan_id",
		code: "PLAN_ID_MISMATCH",
		message: `$.plan_id is ${quote(plan.plan_id)}, but the decision is about ${quote(planId)}: they must be equal${difference}`,
	});
}

function checkExpiry(
	{ valid_until }: Plan,
	nowMs: number,
	problems: PlanProblem[],
): void {
	if (valid_until === null || valid_until >= nowMs) return;
	addProblem(problems, {
		path: "$.valid_until",
		code: "PLAN_EXPIRED",
		message: `$.valid_until was ${new Date(valid_until).toISOString()}: publish a plan that is still valid`,
	});
}

/**
 * Each task is a ticket whose state goes from one run of its plan to the next: with more, two attempts each,
 * they are more than Temporal takes together with the plan.
 */
export const MAX_CARRIED_TASKS = 20_000;

function checkSize(
	{ tasks }: Plan,
	maxTasks: number,
	problems: PlanProblem[],
): void {
	if (tasks.length > 0 && tasks.length <= maxTasks) return;
	addProblem(problems, {
		path: "$.tasks",
		code: tasks.length === 0 ? "PLAN_EMPTY" : "PLAN_TOO_LARGE",
		message:
			tasks.length === 0
				? "$.tasks has no task: a plan needs at least one"
				: `$.tasks has ${tasks.length} tasks, at most ${maxTasks} are allowed${whyNoMore(maxTasks)}: split the plan`,
	});
}

function whyNoMore(maxTasks: number): string {
	return maxTasks === MAX_CARRIED_TASKS
		? " (Temporal carries the state of no more from one run of a plan to the next)"
		: "";
}

/** Position by task id; the first one counts where an id is doubled. */
function checkTaskIds(
	{ tasks }: Plan,
	problems: PlanProblem[],
): Map<string, number> {
	const positions = new Map<string, number>();
	tasks.forEach(({ task_id }, index) => {
		const first = positions.get(task_id);
		if (task_id === "") return;
		if (first === undefined) {
			positions.set(task_id, index);
			return;
		}
		addProblem(problems, {
			path: `$.tasks[${index}].task_id`,
			code: "TASK_ID_DOUBLED",
			message: `$.tasks[${index}].task_id ${quote(task_id)} is already the id of $.tasks[${first}]: ids must be unique in a plan`,
		});
	});
	return positions;
}

function checkExecutionOrder(
	{ tasks, execution_order }: Plan,
	positions: Map<string, number>,
	problems: PlanProblem[],
): void {
	const seen = new Map<string, number>();
	execution_order.forEach((taskId, index) => {
		// The reader has reported this already.
		if (taskId === "") return;
		const path = `$.execution_order[${index}]`;
		const first = seen.get(taskId);
		if (!positions.has(taskId)) {
			addProblem(problems, {
				path,
				code: "TASK_UNKNOWN",
				message: `${path} names ${quote(taskId)}, which is no task of the plan${looksLike(taskId, positions)}`,
			});
		} else if (first !== undefined) {
			addProblem(problems, {
				path,
				code: "TASK_DOUBLED",
				message: `${path} names ${quote(taskId)} again, after $.execution_order[${first}]`,
			});
		}
		if (first === undefined) seen.set(taskId, index);
	});
	tasks.forEach(({ task_id }, index) => {
		if (task_id === "" || seen.has(task_id)) return;
		addProblem(problems, {
			path: "$.execution_order",
			code: "TASK_NOT_ORDERED",
			message: `$.execution_order lacks ${quote(task_id)} ($.tasks[${index}]): name every task once`,
		});
	});
}

/** Ids that look the same are shown by their code points. */
function looksLike(taskId: string, positions: Map<string, number>): string {
	const alike = findLookAlike(taskId, positions);
	return alike === undefined
		? ""
		: `; it only looks like $.tasks[${alike.place}].task_id: ${describeDifference(taskId, alike.id)}`;
}

function checkDependencies(
	plan: Plan,
	positions: Map<string, number>,
	problems: PlanProblem[],
): Dag {
	const { tasks } = plan;
	tasks.forEach(({ dependencies }, index) => {
		dependencies.forEach((taskId, place) => {
			if (taskId === "" || positions.has(taskId)) return;
			const path = `$.tasks[${index}].dependencies[${place}]`;
			addProblem(problems, {
				path,
				code: "DEPENDENCY_UNKNOWN",
				message: `${path} names ${quote(taskId)}, which is no task of the plan${looksLike(taskId, positions)}`,
			});
		});
	});
	const dag = graphOf(plan, positions);
	for (const cycle of findCycles(dag, MAX_CYCLES))
		addProblem(problems, describeCycle(cycle, tasks));
	return dag;
}

/** At most so many cycles are reported; the rest appear after these are fixed. */
const MAX_CYCLES = 100;

/** Enough to see the cycle; a longer one is cut in the middle. */
const MAX_CYCLE_NAMES = 50;
const MAX_NAME_LENGTH = 80;

function describeCycle(cycle: number[], tasks: Plan["tasks"]): PlanProblem {
	const names = [...cycle, cycle[0] as number].map((node) =>
		(tasks[node]?.task_id ?? "").slice(0, MAX_NAME_LENGTH),
	);
	const shown =
		names.length <= MAX_CYCLE_NAMES
			? names
			: [
					...names.slice(0, MAX_CYCLE_NAMES / 2),
					`(${names.length - MAX_CYCLE_NAMES} more)`,
					...names.slice(-MAX_CYCLE_NAMES / 2),
				];
	return {
		path: `$.tasks[${cycle[0]}].dependencies`,
		code: "DEPENDENCY_CYCLE",
		message: `$.tasks depend on each other in a cycle: ${shown.join(" -> ")}`,
	};
}

/** Orders the tasks by `execution_order` where the dependencies allow it. */
function orderTasks(
	plan: Plan,
	dag: Dag,
	positions: Map<string, number>,
): { order: number[]; warnings: PlanProblem[] } {
	const given = plan.execution_order.map(
		(taskId) => positions.get(taskId) ?? 0,
	);
	const place = new Map(given.map((node, index) => [node, index]));
	const laidOut = createDag(
		given.map((node) =>
			(dag.dependencies[node] ?? []).map((next) => place.get(next) ?? 0),
		),
	);
	const order = orderByPosition(laidOut).map((index) => given[index] ?? 0);
	const against = given.findIndex((node, index) =>
		(dag.dependencies[node] ?? []).some(
			(next) => (place.get(next) ?? 0) > index,
		),
	);
	const warnings: PlanProblem[] =
		against === -1
			? []
			: [
					{
						path: `$.execution_order[${against}]`,
						code: "ORDER_CONTRADICTS_DEPENDENCIES",
						message: `$.execution_order[${against}] names ${quote(plan.execution_order[against])} before one of its dependencies: the dependencies decide`,
					},
				];
	return { order, warnings };
}
