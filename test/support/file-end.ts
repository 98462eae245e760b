import { after } from "node:test";

/** Something with an end: a test, or a file of tests. */
export interface Ending {
	after(close: () => void | Promise<void>): void;
}

/** The end of the test file, for what all its tests share; to be asked for at its top. */
export function fileEnd(): Ending {
	const closings: (() => void | Promise<void>)[] = [];
	after(async () => {
		for (const close of closings.reverse()) await close();
	});
	return { after: (close) => void closings.push(close) };
}
