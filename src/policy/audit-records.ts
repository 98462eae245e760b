import type { PolicyQuestion } from "../domain/policy-question.ts";
import type { Verdict } from "../domain/policy-verdict.ts";
import type { PolicyViolation } from "../domain/policy-words.ts";
import type { PolicyEngine } from "./engine.ts";
import { contextOf } from "./policy-input.ts";
import type { AuthorizationRecord } from "./ports.ts";

export interface JudgedQuestion {
	question: PolicyQuestion;
	/** None: nobody was asked. */
	paths: readonly string[];
	/** One for each resource. */
	verdicts: readonly Verdict[];
	engine: PolicyEngine["name"];
}

/** Of all resources that a policy only warns of: more findings of one kind say nothing new. */
const MAX_WARNINGS = 20;

/**
 * The records of a question: one for each policy that forbids a resource, one for each that warns of some, and one
 * for all that are allowed. Workers that are allowed have none: their tickets have one.
 */
export function recordsOf({
	question,
	paths,
	verdicts,
	engine,
}: JudgedQuestion): AuthorizationRecord[] {
	const common = { ...whoAsks(question), engine, action: "evaluate" } as const;
	const of = (path: string, violations: PolicyViolation[]) => ({
		...common,
		policy_path: path,
		violations,
	});
	const all = allOf(question, verdicts.length);
	if (paths.length === 0)
		return [{ ...of("", []), resource: all, decision: "unchecked" }];
	const denied = verdicts.flatMap(({ denials }, index) =>
		byPath(paths, denials).map(
			([path, found]): AuthorizationRecord => ({
				...of(path, found),
				resource: resourceOf(question, index),
				decision: "deny",
			}),
		),
	);
	const warnings = byPath(
		paths,
		verdicts.flatMap((verdict) => verdict.warnings),
	);
	const warned = warnings.map(
		([path, found]): AuthorizationRecord => ({
			...of(path, found.slice(0, MAX_WARNINGS)),
			resource: { ...all, count: found.length },
			decision: "allow",
		}),
	);
	const count = verdicts.filter(({ denials }) => denials.length === 0).length;
	const isSaid = count === 0 || question.point === "before-publication";
	const allowed: AuthorizationRecord[] = isSaid
		? []
		: [
				{
					...of(paths.join(" "), []),
					resource: { ...all, count },
					decision: "allow",
				},
			];
	return [...denied, ...warned, ...allowed];
}

/** The part of a record that says who asked, and when. */
export function whoAsks(question: PolicyQuestion) {
	const { user_id, tenant_id, workflow_id, correlation_id } =
		contextOf(question);
	const { plan_id } = question;
	return {
		timestamp: new Date().toISOString(),
		user_id,
		tenant_id,
		context: { workflow_id, plan_id, correlation_id },
	};
}

/** The resource at a position of the question. */
export function resourceOf(
	question: PolicyQuestion,
	index: number,
): AuthorizationRecord["resource"] {
	if (question.point === "before-tickets")
		return { type: "plan", id: question.plan_id };
	const { ticket_id = "", task_type = "" } = question.tickets[index] ?? {};
	const type = question.point === "before-allocation" ? "ticket" : "allocation";
	return { type, id: ticket_id, task_type };
}

function allOf(
	{ point, plan_id: id }: PolicyQuestion,
	count: number,
): AuthorizationRecord["resource"] {
	return point === "before-tickets"
		? { type: "plan", id }
		: { type: "tickets", id, count };
}

/** The findings by the policy that they are of. */
function byPath(
	paths: readonly string[],
	found: readonly PolicyViolation[],
): [string, PolicyViolation[]][] {
	const groups = Map.groupBy(
		found,
		({ policy }) => paths.find((one) => one.endsWith(`/${policy}`)) ?? policy,
	);
	return [...groups];
}
