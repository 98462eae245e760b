/** `850 ms`, `2.4 s`, `3 m 05 s`, `2 h 10 m`, `3 d 04 h`; a dash for nothing. */
export function renderDuration(durationMs: number | null | undefined): string {
	if (durationMs === null || durationMs === undefined) return "-";
	if (durationMs < 999.5) return `${Math.max(0, Math.round(durationMs))} ms`;
	const seconds = Math.round(durationMs / 1_000);
	if (durationMs < 59_950) return `${(durationMs / 1_000).toFixed(1)} s`;
	if (seconds < 3_600) return pair(seconds, 60, "m", "s");
	const minutes = Math.round(seconds / 60);
	if (minutes < 1_440) return pair(minutes, 60, "h", "m");
	return pair(Math.round(minutes / 60), 24, "d", "h");
}

function pair(total: number, unit: number, big: string, small: string): string {
	const rest = String(total % unit).padStart(2, "0");
	return `${Math.floor(total / unit)} ${big} ${rest} ${small}`;
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
