import { durationText } from "../../domain/duration-text.ts";

/** `850 ms`, `2.4 s`, `3 m 05 s`; a dash for nothing. */
export function renderDuration(durationMs: number | null | undefined): string {
	if (durationMs === null || durationMs === undefined) return "-";
	return durationText(durationMs);
}

/** `2026-11-21T10:00:00Z`: takes no locale and may be pasted into an option. */
export function renderTime(atMs: number | null | undefined): string {
	if (atMs === null || atMs === undefined) return "-";
	const date = new Date(atMs);
	if (Number.isNaN(date.getTime())) return "-";
	return date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** `3 m 05 s ago`, `in 2 h 10 m`. */
export function renderRelative(
	atMs: number | null | undefined,
	nowMs: number,
): string {
	if (atMs === null || atMs === undefined) return "-";
	return atMs > nowMs
		? `in ${renderDuration(atMs - nowMs)}`
		: `${renderDuration(nowMs - atMs)} ago`;
}
