/**
 * Text of a document's revision: a moment (Unix epoch, ms), then counts that tell apart what has the same
 * moment. Such texts sort as they follow each other.
 */
export function revisionText(atMs: number, ...counts: number[]): string {
	return [digits(atMs, 15), ...counts.map((count) => digits(count, 9))].join(
		"-",
	);
}

/** Text of a number that sorts like the number, up to that width. */
export function digits(count: number, width: number): string {
	return String(count).padStart(width, "0");
}
