/**
 * Characters without width, or that change the direction of the text around them: two texts that differ only
 * in them look the same, or a text looks like another one. Variation selectors are excluded: emoji in their
 * usual spelling have them.
 */
const unseen =
	/(?![\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}|[\u2028\u2029]/gu;
/** And control characters but tab and line feed. */
const unprintable =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|(?![\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}|[\u2028\u2029]/gu;
/** The number of characters that are named. */
const NAMED = 5;

/** The unseen characters of a text by their code points, each once: `U+200B, U+202E`; undefined when there are none. */
export function nameUnseen(text: string): string | undefined {
	const found = [...new Set(text.match(unseen) ?? [])];
	if (found.length === 0) return undefined;
	const named = found.slice(0, NAMED).map(codePoint);
	return [...named, ...(found.length > NAMED ? ["..."] : [])].join(", ");
}

/** The problem of an id with unseen characters, as text after its path; undefined when it has none. */
export function unseenProblem(id: string): string | undefined {
	const names = nameUnseen(id);
	return (
		names && `has characters that nobody sees (${names}): give it an id without`
	);
}

/** The text with a mark in the place of every character that must not reach a terminal. */
export function markUnprintable(text: string): string {
	return text.replace(unprintable, "\ufffd");
}

/** JSON that says the same, with every such character as its escape. */
export function escapeUnprintable(json: string): string {
	return json.replace(unprintable, (one) =>
		one
			.split("")
			.map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
			.join(""),
	);
}

function codePoint(character: string): string {
	const code = character.codePointAt(0) ?? 0;
	return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
