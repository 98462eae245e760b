import type { RecordHeader } from "../../src/domain/record-headers.ts";

/** Headers as text by name; of one that comes again the last. */
export function headersByName(
	headers: readonly RecordHeader[],
): Record<string, string> {
	return Object.fromEntries(
		headers.map(({ name, value }) => [name, String(value)]),
	);
}
