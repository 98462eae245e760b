import { isExactNumber, roundExact } from "./exact-number.ts";

/** The last millisecond of the year 9999: a later one cannot be written as ISO text, and no timer waits for it. */
export const LAST_TIMESTAMP_MS = 253_402_300_799_999;

/** Date, then perhaps time, fraction of a second and zone. */
const isoPattern =
	/^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d+))?(?:(Z)|([+-]\d{2}):?(\d{2})?)?)?$/i;

/**
 * Epoch milliseconds of a number, numeric text or ISO 8601 text; undefined when it is none of them, no
 * day of the calendar, or after the year 9999. Text without a zone is UTC, on every machine.
 */
export function timestampMs(value: unknown): number | undefined {
	return typeof value === "string" && !hasRealDay(value.trim())
		? undefined
		: formerTimestampMs(value);
}

/** The rule of earlier builds, which read 31 February as 3 March. */
export function formerTimestampMs(value: unknown): number | undefined {
	if (typeof value === "string" && value.trim() !== "") {
		const number = Number(value);
		return formerTimestampMs(
			Number.isNaN(number) ? isoMs(value.trim()) : number,
		);
	}
	const number = isExactNumber(value) ? roundExact(value) : value;
	return typeof number === "number" && Math.abs(number) <= LAST_TIMESTAMP_MS
		? Math.trunc(number)
		: undefined;
}

/** Whether the day that a text begins with is one of the calendar: JavaScript takes 31 February for 3 March. */
export function hasRealDay(text: string): boolean {
	const day = /^\d{4}-\d{2}-\d{2}/.exec(text)?.[0];
	if (day === undefined) return true;
	const atMs = Date.parse(`${day}T00:00:00Z`);
	return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(day);
}

function isoMs(text: string): number | undefined {
	const match = isoPattern.exec(text);
	if (match === null) return undefined;
	const [, date, time = "00:00", seconds = ":00", fraction = ""] = match;
	const [hours, minutes = "00"] = match.slice(6);
	const zone = hours === undefined ? "Z" : `${hours}:${minutes}`;
	const millis = fraction.slice(0, 3).padEnd(3, "0");
	return Date.parse(`${date}T${time}${seconds}.${millis}${zone}`);
}
