/** `850 ms`, `2.4 s`, `3 m 05 s`, `2 h 10 m`, `3 d 04 h`. */
export function durationText(durationMs: number): string {
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
