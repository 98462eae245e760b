import type { PlanProblem } from "./documents.ts";
import { addProblem } from "./field-reader.ts";
import { describeViolation } from "./policy-verdict.ts";
import type { PolicyViolation } from "./policy-words.ts";

/** Code of the problems of a plan that a policy forbids. */
export const POLICY_DENIED = "POLICY_DENIED";

/** Why a policy forbids a plan. */
export function deniedProblems({
	reasons,
	violations,
}: {
	reasons: readonly string[];
	violations?: readonly PolicyViolation[];
}): PlanProblem[] {
	// Gates of earlier releases gave sentences alone.
	if (violations === undefined)
		return reasons.map((message) => ({
			path: "$",
			code: POLICY_DENIED,
			message,
		}));
	return problemsOf(violations, POLICY_DENIED);
}

const POLICY_WARNING = "POLICY_WARNING";

/** What policies found that does not forbid the plan. */
export function warningProblems(
	violations: readonly PolicyViolation[],
): PlanProblem[] {
	return problemsOf(violations, POLICY_WARNING);
}

/** The warnings of others, and what policies found now in place of what they found before. */
export function withPolicyWarnings(
	warnings: readonly PlanProblem[],
	violations: readonly PolicyViolation[],
): PlanProblem[] {
	const others = warnings.filter(({ code }) => code !== POLICY_WARNING);
	return [...others, ...warningProblems(violations)];
}

/** Whether nothing but policies forbids the plan. */
export function isDeniedOnly(problems: readonly PlanProblem[]): boolean {
	return (
		problems.length > 0 && problems.every(({ code }) => code === POLICY_DENIED)
	);
}

function problemsOf(
	violations: readonly PolicyViolation[],
	code: string,
): PlanProblem[] {
	const problems: PlanProblem[] = [];
	for (const violation of violations) {
		const { field } = violation;
		const path = field === null ? "$" : `$.${field}`;
		const message = describeViolation(violation);
		addProblem(problems, { path, code, message, violation });
	}
	return problems;
}

/** Sentences for the error of a ticket: the worst first, as many as one should read. */
export function denialText(violations: readonly PolicyViolation[]): string {
	const [first, ...others] = violations;
	if (first === undefined) return "denied: by a policy that named no rule";
	const more = others.length > 0 ? `; and ${others.length} more` : "";
	return `denied: ${describeViolation(first)}${more}`;
}
