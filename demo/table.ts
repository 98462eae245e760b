/** One column of a text table. */
export interface Column<Row> {
	title: string;
	text(row: Row): string;
	align?: "right";
}

/** Lays rows out under titles; the gap between columns grows with the space there is. */
export function renderTable<Row>(
	columns: readonly Column<Row>[],
	rows: readonly Row[],
	width: number,
): string[] {
	const cells = [
		columns.map(({ title }) => title),
		...rows.map((row) => columns.map(({ text }) => text(row))),
	];
	const widths = columns.map((_, at) =>
		Math.max(...cells.map((line) => line[at]?.length ?? 0)),
	);
	const needed = widths.reduce((sum, one) => sum + one, 0);
	const room = Math.floor((width - needed) / Math.max(1, columns.length - 1));
	const gap = " ".repeat(Math.min(3, Math.max(1, room)));
	return cells.map((line) =>
		line
			.map((text, at) => pad(text, widths[at] ?? 0, columns[at]?.align))
			.join(gap)
			.trimEnd(),
	);
}

function pad(text: string, width: number, align?: "right"): string {
	return align === "right" ? text.padStart(width) : text.padEnd(width);
}

/** `850 ms`, `2.4 s`, `3 m 05 s`; a dash for nothing. */
export function renderDuration(durationMs: number | null): string {
	if (durationMs === null) return "-";
	if (durationMs < 1_000) return `${Math.round(durationMs)} ms`;
	if (durationMs < 60_000) return `${(durationMs / 1_000).toFixed(1)} s`;
	const seconds = Math.round(durationMs / 1_000);
	const rest = String(seconds % 60).padStart(2, "0");
	return `${Math.floor(seconds / 60)} m ${rest} s`;
}

/** Cuts text that is longer than the width, with an ellipsis. */
export function fit(text: string, width: number): string {
	if (text.length <= width) return text;
	return `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Breaks text into lines of the width at most, each after the first indented like the first. */
export function wrap(text: string, width: number, indent = ""): string[] {
	const lines: string[] = [];
	let line = indent;
	for (const word of text.split(" ")) {
		const isFirst = line === indent;
		if (!isFirst && line.length + 1 + word.length > width) {
			lines.push(line);
			line = indent + word;
		} else line += isFirst ? word : ` ${word}`;
	}
	return [...lines, line];
}
