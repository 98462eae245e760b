import { type Execution, specOf, stateOf, wireId } from "./state.ts";

/**
 * Which attempt (from 1) of each dependency a publication of now names, in the order of the spec: the one
 * that completed, else the newest (protocol.md). Undefined when all are first attempts.
 */
export function nameDependencies(
	execution: Execution,
	ticket: number,
): number[] | undefined {
	const { dependencies, compensates } = specOf(execution, ticket);
	// What a compensation follows is already done when it is published.
	if (compensates !== undefined) return undefined;
	const named = dependencies.map((dependency) => {
		const { attempts } = stateOf(execution, dependency);
		const completed = attempts.findIndex(({ end }) => end === "completed");
		return completed === -1 ? Math.max(1, attempts.length) : completed + 1;
	});
	return named.some((attempt) => attempt > 1) ? named : undefined;
}

/** The ids that an attempt names as its dependencies. */
export function dependencyIds(
	execution: Execution,
	ticket: number,
	attempt: number,
): string[] {
	return namedBy(execution, ticket, attempt).map(([dependency, named]) =>
		wireId(execution, dependency, named),
	);
}

/** The logical ids of an attempt's dependencies where it names others; undefined where it does not. */
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
 * Whether an attempt names one that did not complete, and that must: a worker that asks for it waits in
 * vain. The next attempt will name others, or wait for them.
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

/** Dependency and attempt of it, for each that an attempt names. */
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

/** What may be on the topic keeps its names; what is to go out has those of now. */
function attemptsNamed(
	execution: Execution,
	ticket: number,
	attempt: number,
): readonly number[] | undefined {
	const state = stateOf(execution, ticket).attempts[attempt - 1];
	if (state === undefined || state.tried) return state?.dependencies;
	return nameDependencies(execution, ticket);
}
