/** Where the demo writes. */
export interface Screen {
	readonly isLive: boolean;
	readonly width: number;
	/** Writes lines that stay. */
	say(...lines: string[]): void;
	/** Replaces the block that was drawn last; only on a live screen. */
	draw(lines: readonly string[]): void;
	/** Lets the block that was drawn last stay. */
	keep(): void;
}

const DEFAULT_WIDTH = 100;

/** Writes to a terminal, redrawing in place; to anything else, plain lines. */
export function createScreen(out: NodeJS.WriteStream): Screen {
	let drawn = 0;
	const erase = () => {
		if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[0J`);
		drawn = 0;
	};
	return {
		isLive: out.isTTY === true,
		get width() {
			return out.columns || DEFAULT_WIDTH;
		},
		say(...lines) {
			erase();
			out.write(lines.map((line) => `${line}\n`).join(""));
		},
		draw(lines) {
			if (!out.isTTY) return;
			erase();
			// A block taller than the terminal could not be erased again.
			const shown = lines.slice(0, Math.max(1, out.rows - 1));
			out.write(shown.map((line) => `${line}\n`).join(""));
			drawn = shown.length;
		},
		keep() {
			drawn = 0;
		},
	};
}
