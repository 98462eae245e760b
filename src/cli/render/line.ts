import type { Frame, Tone } from "./paint.ts";
import { fit, widthOf } from "./text.ts";

/** A piece of a line with its tone. */
export type Piece = readonly [text: string, tone?: Tone | undefined];

/** Columns the pieces take together. */
export function widthOfPieces(pieces: readonly Piece[]): number {
	return pieces.reduce((sum, [text]) => sum + widthOf(text), 0);
}

/** One line of pieces, cut at the width before it is painted: escape codes have no width. */
export function renderLine(
	pieces: readonly Piece[],
	{ width, paint }: Pick<Frame, "width" | "paint">,
): string {
	let room = width;
	let line = "";
	for (const [text, tone] of pieces) {
		if (room <= 0) break;
		const shown = fit(text, room);
		line += paint(tone, shown);
		room -= shown === text ? widthOf(shown) : room;
	}
	return line;
}
