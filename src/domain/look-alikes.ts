/** The number of characters of an id that are shown one by one. */
const SHOWN_CHARACTERS = 40;
/** Where two ids part, this many characters of each show why. */
const SHOWN_AT_DIFFERENCE = 4;

/**
 * Finds another id that looks like this one: the two differ in their Unicode form, in blanks at the ends, or
 * in invisible characters.
 */
export function findLookAlike<T>(
	id: string,
	others: Iterable<readonly [id: string, place: T]>,
): { id: string; place: T } | undefined {
	const look = lookOf(id);
	for (const [other, place] of others)
		if (other !== id && lookOf(other) === look) return { id: other, place };
	return undefined;
}

/**
 * Describes where two ids that look alike differ, by code points: ` from character 4 on it has U+0065 U+0301,
 * that one U+00E9`.
 */
export function describeDifference(id: string, other: string): string {
	const [own, others] = [[...id], [...other]];
	let at = 0;
	while (at < own.length && own[at] === others[at]) at += 1;
	const shown = (characters: string[]) =>
		codePoints(characters.slice(at, at + SHOWN_AT_DIFFERENCE)) || "nothing";
	return `from character ${at + 1} on it has ${shown(own)}, that one ${shown(others)}`;
}

/** For an unknown id: its code points, when a person could confuse it with another id; else an empty text. */
export function codePointsOf(id: string): string {
	if (/^[\x21-\x7e]*$/.test(id)) return "";
	const characters = [...id];
	const more = characters.length > SHOWN_CHARACTERS ? " ..." : "";
	return ` (${codePoints(characters.slice(0, SHOWN_CHARACTERS))}${more})`;
}

function lookOf(id: string): string {
	return id
		.normalize("NFKC")
		.replace(/\p{Cf}/gu, "")
		.trim();
}

function codePoints(characters: readonly string[]): string {
	return characters
		.map((one) => one.codePointAt(0) ?? 0)
		.map((code) => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`)
		.join(" ");
}
