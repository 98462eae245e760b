import type { CliIo } from "../cli-io.ts";

/** A terminal's second screen: drawn over and over, and gone afterwards. */
export interface LiveScreen {
	draw(lines: readonly string[]): void;
	/** Gives the first screen back; may be called again. */
	close(): void;
}

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** Takes the terminal's second screen. The old content is overwritten, never cleared first: no flicker. */
export function openLiveScreen({ stdout }: CliIo): LiveScreen {
	let isOpen = true;
	stdout.write(ENTER);
	return {
		draw(lines) {
			if (!isOpen) return;
			const text = lines.map((line) => line + CLEAR_LINE).join("\r\n");
			stdout.write(HOME + text + CLEAR_BELOW);
		},
		close() {
			if (isOpen) stdout.write(LEAVE);
			isOpen = false;
		},
	};
}
