import { earlierSettings } from "./earlier-settings.ts";
import type { Environment } from "./find-setting.ts";

/** More differences than this, and two names mean two things. */
const MAX_DISTANCE = 2;
/** Shorter names are close to each other by chance. */
const MIN_LENGTH = 8;

/** Names that no setting has and that are nearly the name of one: a slip of the pen. One line each. */
export function findSlips(
	environment: Environment,
	known: ReadonlySet<string>,
): string[] {
	return Object.keys(environment).flatMap((name) => {
		if (known.has(name) || name.length < MIN_LENGTH) return [];
		const upper = name.toUpperCase();
		if (known.has(upper))
			return [`${name} has no effect: write it in capitals, ${upper}`];
		if (upper in earlierSettings) return [];
		const meant = [...known].find(
			(other) =>
				Math.abs(other.length - name.length) <= MAX_DISTANCE &&
				distance(name, other) <= MAX_DISTANCE,
		);
		return meant === undefined
			? []
			: [`${name} is no setting and has no effect; did you mean ${meant}?`];
	});
}

/** Letters to add, drop or change to make one word the other. */
function distance(one: string, other: string): number {
	let row = Array.from({ length: other.length + 1 }, (_, index) => index);
	for (let i = 1; i <= one.length; i += 1) {
		const next = [i];
		for (let j = 1; j <= other.length; j += 1) {
			const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
			next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[other.length] ?? 0;
}
