import type { CliOutput } from "./cli-io.ts";
import { printable } from "./render/text.ts";

/** Shows on stderr the present wait, once it has lasted a second. */
export interface Progress {
	say(what: string): void;
	/** Removes its line, so that another line can be written; it appears again later. */
	clear(): void;
	/** Removes its line and is silent from now on. */
	stop(): void;
}

const PATIENCE_MS = 1_000;
const LIVE_INTERVAL_MS = 250;
/** Where lines stay, they should be few. */
const PLAIN_INTERVAL_MS = 10_000;

/** Starts the clock. On a terminal one line is redrawn; elsewhere there is a line now and then. */
export function startProgress(err: CliOutput, first: string): Progress {
	const startedAtMs = performance.now();
	const isLive = err.isTTY === true;
	let what = first;
	let isShown = false;
	const show = () => {
		const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
		const text = printable(`… ${what}, ${seconds} s`).slice(
			0,
			(err.columns ?? 80) - 1,
		);
		err.write(isLive ? `\r\x1b[2K${text}` : `${text}\n`);
		isShown = true;
	};
	let timer = setTimeout(() => {
		show();
		timer = setInterval(show, isLive ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS);
	}, PATIENCE_MS);
	const clear = () => {
		if (isLive && isShown) err.write("\r\x1b[2K");
		isShown = false;
	};
	return {
		say(text) {
			what = text;
		},
		clear,
		stop() {
			clearTimeout(timer);
			clear();
		},
	};
}
