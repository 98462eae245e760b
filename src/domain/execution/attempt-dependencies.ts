import { type Execution, specOf, stateOf, wireId } from "./state.ts";

/**
 * For each dependency, in the order of the spec, the attempt (from 1) that a ticket published now would name:
 * the completed one, else the newest (protocol.md). undefined when all are first attempts.
 */
export function nameDependencies(
	execution: Execution,
	ticket: number,
): number[] | undefined {
	const { dependencies, compensates } = specOf(execution, ticket);
	// The dependencies of a compensation are done when it is published.
	if (compensates !== undefined) return undefined;
	const named = dependencies.map((dependency) => {
		const { attempts } = stateOf(execution, dependency);
		const completed = attempts.findIndex(({ end }) => end === "completed");
		return completed === -1 ? Math.max(1, attempts.length) : completed + 1;
	});
	return named.some((attempt) => attempt > 1) ? named : undefined;
}

/** The ids of the dependencies that an attempt names. */
export function dependencyIds(
	execution: Execution,
	ticket: number,
	attempt: number,
): string[] {
	return namedBy(execution, ticket, attempt).map(([dependency, named]) =>
		wireId(execution, dependency, named),
	);
}

/** The logical ids of an attempt's dependencies if it names other ids; undefined if not. */
export function logicalDependencies(
	execution: Execution,
	ticket: number,
	attempt: number,
): string[] | undefined {
	if (attemptsNamed(execution, ticket, attempt) === undefined) return undefined;
	return namedBy(execution, ticket, attempt).map(
		([dependency]) => specOf(execution, dependency).ticket_id,
	);
}

/**
 * Whether an attempt names a dependency that must complete and did not: its worker would wait in vain. The
 * next attempt will name others, or wait for them.
 */
export function namesIncomplete(
	execution: Execution,
	ticket: number,
	attempt: number,
): boolean {
	if (execution.rules.onFailure === "go-on") return false;
	return namedBy(execution, ticket, attempt).some(
		([dependency, named]) =>
			stateOf(execution, dependency).attempts[named - 1]?.end !== "completed",
	);
}

/** Each dependency that an attempt names, with the named attempt of that dependency. */
function namedBy(
	execution: Execution,
	ticket: number,
	attempt: number,
): (readonly [dependency: number, attempt: number])[] {
	const { dependencies, compensates } = specOf(execution, ticket);
	if (compensates !== undefined) return [];
	const named = attemptsNamed(execution, ticket, attempt);
	return dependencies.map(
		(dependency, place) => [dependency, named?.[place] ?? 1] as const,
	);
}

/** An attempt that may be on the topic keeps its names; one still to go out gets today's. */
function attemptsNamed(
	execution: Execution,
	ticket: number,
	attempt: number,
): readonly number[] | undefined {
	const state = stateOf(execution, ticket).attempts[attempt - 1];
	if (state === undefined || state.tried) return state?.dependencies;
	return nameDependencies(execution, ticket);
}
