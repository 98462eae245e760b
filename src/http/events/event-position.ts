/** A position in the stream of changes: within an entry, or after it. */
export interface EventPosition {
	entry: string;
	/** The number of the entry's changes before this position; undefined: all. */
	count?: number;
}

const PLACE = /^(\d{1,15})-(\d{1,15})(?:\.(\d{1,6}))?$/;

/** The position in an event's id; undefined when it is no id of this service. */
export function readPosition(id: string): EventPosition | undefined {
	const [, ms, sequence, count] = PLACE.exec(id) ?? [];
	if (ms === undefined) return undefined;
	const entry = `${ms}-${sequence}`;
	return count === undefined ? { entry } : { entry, count: Number(count) };
}

/** The id of an event; `Last-Event-ID` brings it back. */
export function writePosition({ entry, count }: EventPosition): string {
	return count === undefined ? entry : `${entry}.${count}`;
}

/** Below 0 when `a` came before `b`: ids are two numbers, and not ordered as texts are. */
export function compareEntries(a: string, b: string): number {
	const [aMs = 0, aSequence = 0] = a.split("-").map(Number);
	const [bMs = 0, bSequence = 0] = b.split("-").map(Number);
	return aMs - bMs || aSequence - bSequence;
}
