/** The path of one dead letter's own routes. */
export function deadLetterPath(id: string, rest = ""): string {
	return `/api/v1/dead-letters/${encodeURIComponent(id)}${rest}`;
}
