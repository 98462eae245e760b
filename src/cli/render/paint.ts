import { styleText } from "node:util";

/** The meaning of a colour; a word beside it always has the same meaning. */
export type Tone = "good" | "bad" | "busy" | "waiting" | "dim" | "strong";
export type Paint = (tone: Tone | undefined, text: string) => string;

/** How a screen is drawn: everything a renderer needs to know beside its document. */
export interface Frame {
	/** Columns; lines are laid out to fit, ids are never cut. */
	width: number;
	paint: Paint;
	/** Unix epoch, ms. */
	nowMs: number;
}

const styles = {
	good: "green",
	bad: "red",
	busy: "cyan",
	waiting: "yellow",
	dim: "dim",
	strong: "bold",
} as const;

/** Colours for a terminal. */
export const colourPaint: Paint = (tone, text) =>
	tone === undefined || text === ""
		? text
		: styleText(styles[tone], text, { validateStream: false });

/** No colours: everything is said by words. */
export const plainPaint: Paint = (_tone, text) => text;
