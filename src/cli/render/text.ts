import stringWidth from "string-width";
import { toJson } from "../../domain/json-text.ts";
import {
	escapeUnprintable,
	markUnprintable,
} from "../../domain/unseen-characters.ts";

const segmenter = new Intl.Segmenter();
/** Replaces a line break in a text from outside: the rest must not look like a line of this program. */
export const LINE_BREAK = "↵";

/** Columns the text takes on a terminal. */
export function widthOf(text: string): number {
	return stringWidth(text);
}

/** Fills with spaces up to the width. */
export function pad(text: string, width: number, align?: "right"): string {
	const space = " ".repeat(Math.max(0, width - widthOf(text)));
	return align === "right" ? space + text : text + space;
}

/** Cuts text that is longer than the width, with an ellipsis. */
export function fit(text: string, width: number): string {
	if (widthOf(text) <= width) return text;
	let kept = "";
	let used = 0;
	for (const { segment } of segmenter.segment(text)) {
		used += widthOf(segment);
		if (used > width - 1) break;
		kept += segment;
	}
	return width < 1 ? "" : `${kept}…`;
}

/** Breaks text into lines of the width at most; lines after the first are indented. */
export function wrap(text: string, width: number, indent = ""): string[] {
	return text.split("\n").flatMap((part) => wrapLine(part, width, indent));
}

function wrapLine(text: string, width: number, indent: string): string[] {
	const words = text.trimStart().split(" ");
	const lines: string[] = [];
	let line = text.slice(0, text.length - text.trimStart().length);
	let isFirst = true;
	for (const word of words) {
		if (!isFirst && widthOf(line) + 1 + widthOf(word) > width) {
			lines.push(line);
			line = indent + word;
		} else line += isFirst ? word : ` ${word}`;
		isFirst = false;
	}
	return [...lines, line];
}

/** A text of our own, which may have lines, made fit for a terminal. */
export function printableLines(text: string): string {
	return markUnprintable(text);
}

/** JSON that is safe for a terminal and equivalent for a program. */
export function printableJson(document: unknown, indent?: number): string {
	return escapeUnprintable(toJson(document, indent));
}

/**
 * The document with every text made fit for a terminal: texts from outside may contain escape sequences. Each
 * text becomes one line with visible breaks.
 */
export function printable<T>(value: T): T {
	if (typeof value === "string") {
		return printableLines(value).replaceAll("\n", LINE_BREAK) as T;
	}
	if (Array.isArray(value)) return value.map(printable) as T;
	if (value instanceof Map) {
		return new Map([...value].map(printable)) as T;
	}
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, one]) => [printable(key), printable(one)]),
	) as T;
}

/** `1 ticket`, `2 tickets`. */
export function count(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
