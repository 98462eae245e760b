/** What a field takes beside its name and value: type, end of the name, length. */
const FRAME_BYTES = 7;
const NUMBER_BYTES = 8;

/** About what plain data takes in MongoDB, without looking at its texts: characters count as one byte. */
export function roughBytes(value: unknown): number {
	if (typeof value === "string") return value.length;
	if (typeof value !== "object" || value === null) return NUMBER_BYTES;
	let bytes = FRAME_BYTES;
	if (Array.isArray(value)) {
		// Places in a list are names as well.
		for (const item of value) bytes += 2 * FRAME_BYTES + roughBytes(item);
		return bytes;
	}
	for (const [name, field] of Object.entries(value))
		bytes += FRAME_BYTES + name.length + roughBytes(field);
	return bytes;
}
