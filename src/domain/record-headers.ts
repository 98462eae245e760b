/** One header of a Kafka record. Names may come again; a value is bytes, or null where there is none. */
export interface RecordHeader {
	name: string;
	value: Buffer | null;
}

/** Headers whose values are text, as all are that we make ourselves. */
export function textHeaders(
	texts: Readonly<Record<string, string>>,
): RecordHeader[] {
	return Object.entries(texts).map(([name, text]) => ({
		name,
		value: Buffer.from(text),
	}));
}

/** The last value under a name; undefined when there is none, or when it is no text. */
export function headerText(
	headers: readonly RecordHeader[],
	name: string,
): string | undefined {
	const found = headers.findLast((header) => header.name === name);
	return found?.value ? textOf(found.value) : undefined;
}

/** The text of UTF-8 bytes, whole and unchanged; undefined when they are none. */
export function textOf(bytes: Buffer): string | undefined {
	try {
		return decoder.decode(bytes);
	} catch {
		return undefined;
	}
}

// A byte-order mark stays: these bytes come back as they were.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
