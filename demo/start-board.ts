import type { Screen } from "./screen.ts";
import { fit } from "./table.ts";

/** Shows how several things start at the same time. */
export interface StartBoard {
	/** `name: what it does now`. */
	report(line: string): void;
	/** Lets the last state stay on the screen. */
	finish(): void;
}

/** On a terminal one line a name, redrawn; else the lines as they come. */
export function createStartBoard(screen: Screen): StartBoard {
	const states = new Map<string, string>();
	return {
		report(line) {
			if (!screen.isLive) return screen.say(line);
			const [name = "", ...state] = line.split(": ");
			states.set(name, state.join(": "));
			screen.draw(render(states, screen.width));
		},
		finish: () => screen.keep(),
	};
}

const NAME_WIDTH = 10;

function render(states: ReadonlyMap<string, string>, width: number): string[] {
	return [...states].map(([name, state]) =>
		fit(`  ${name.padEnd(NAME_WIDTH)} ${state}`, width),
	);
}
