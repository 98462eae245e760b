import type { PanicAnswer } from "../../rollout/panic.ts";
import type { Frame } from "./paint.ts";
import { wrap } from "./text.ts";

/** Where all new plans go now, and what could not be written down. */
export function renderPanic(
	{ routing, took_ms, recorded }: PanicAnswer,
	frame: Frame,
): string[] {
	const { deployment, currentBuild, manager } = routing;
	const seconds = (took_ms / 1_000).toFixed(1);
	return [
		`${frame.paint("good", "✔ in force")}: all new plans of ${deployment} go to ${currentBuild}, after ${seconds} s`,
		...wrap(
			recorded
				? "MongoDB has it, with actor and reason"
				: "MongoDB does not answer: nothing was written down, and plans that are pinned by their tenant or domain still go to the candidate; repeat it when MongoDB is back",
			frame.width,
			"  ",
		),
		...wrap(
			`${manager} manages the routing now: no release goes on by itself`,
			frame.width,
			"  ",
		),
	];
}
