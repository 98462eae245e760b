import type { TaskSpec } from "./decisions.ts";

/** `length` tasks, each after the one before: `{name}-1` ... `{name}-n`. */
export function chain(
	length: number,
	task: Partial<TaskSpec> = {},
	name = "step",
): TaskSpec[] {
	return Array.from({ length }, (_, index) => ({
		...task,
		task_id: `${name}-${index + 1}`,
		dependencies: index === 0 ? [] : [`${name}-${index}`],
	}));
}

/** One task, two after it side by side, one after both. */
export function diamond(task: Partial<TaskSpec> = {}): TaskSpec[] {
	return [
		{ ...task, task_id: "top" },
		{ ...task, task_id: "left", dependencies: ["top"] },
		{ ...task, task_id: "right", dependencies: ["top"] },
		{ ...task, task_id: "bottom", dependencies: ["left", "right"] },
	];
}

/** One task, `width` after it side by side, one after all of them. */
export function fanOut(
	width: number,
	task: Partial<TaskSpec> = {},
): TaskSpec[] {
	const branches = Array.from({ length: width }, (_, at) => `branch-${at + 1}`);
	return [
		{ ...task, task_id: "split" },
		...branches.map((task_id) => ({
			...task,
			task_id,
			dependencies: ["split"],
		})),
		{ ...task, task_id: "join", dependencies: branches },
	];
}

/** `depth` layers of `width` tasks, each after all tasks of the layer before. */
export function layers(
	depth: number,
	width: number,
	task: Partial<TaskSpec> = {},
): TaskSpec[] {
	const id = (layer: number, at: number) => `layer-${layer}-${at + 1}`;
	const row = Array.from({ length: width }, (_, at) => at);
	return Array.from({ length: depth }, (_, layer) =>
		row.map((at) => ({
			...task,
			task_id: id(layer + 1, at),
			dependencies: layer === 0 ? [] : row.map((above) => id(layer, above)),
		})),
	).flat();
}
