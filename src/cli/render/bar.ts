import type { Paint, Tone } from "./paint.ts";

/** One part of a bar, in the order they are drawn. */
export interface BarPart {
	count: number;
	tone: Tone | undefined;
	/** Stands for this part, so that the bar is read without colours too. */
	fill: string;
}

/**
 * A bar of exactly this width whose parts have their shares. A part that is not empty has at least one
 * cell, as long as there is room: one failure among five thousand is seen.
 */
export function renderBar(
	parts: readonly BarPart[],
	width: number,
	paint: Paint,
): string {
	const total = parts.reduce((sum, { count }) => sum + count, 0);
	if (total === 0) return paint("dim", "░".repeat(width));
	const cells = parts.map(({ count }) =>
		count === 0 ? 0 : Math.max(1, Math.floor((count / total) * width)),
	);
	const sum = () => cells.reduce((all, one) => all + one, 0);
	const largest = () => cells.indexOf(Math.max(...cells));
	while (sum() > width) cells[largest()] = (cells[largest()] ?? 1) - 1;
	while (sum() < width) cells[largest()] = (cells[largest()] ?? 0) + 1;
	return parts
		.map(({ tone, fill }, at) => paint(tone, fill.repeat(cells[at] ?? 0)))
		.join("");
}
