/**
 * A small value of plain JSON with U+FFFD for every half of a surrogate pair, in texts and in keys: as
 * it comes back from whatever keeps text as UTF-8.
 */
export function wellFormed<T>(value: T): T {
	return mend(value) as T;
}

function mend(value: unknown): unknown {
	if (typeof value === "string") return value.toWellFormed();
	if (typeof value !== "object" || value === null) return value;
	if (Array.isArray(value)) return value.map(mend);
	return Object.fromEntries(
		Object.entries(value).map(([key, one]) => [key.toWellFormed(), mend(one)]),
	);
}
