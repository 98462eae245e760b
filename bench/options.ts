import { parseArgs } from "node:util";

/** In the order they run: idle before documents can be overdue, what leaves plans behind last. */
export const partNames = [
	"idle",
	"latency",
	"throughput",
	"size",
	"endurance",
	"profile",
	"memory",
] as const;
export type PartName = (typeof partNames)[number];

export interface BenchOptions {
	parts: readonly PartName[];
	/** How much is measured: quick proves that it runs, its figures mean nothing. */
	scale: "quick" | "usual" | "full";
	/** Instead of the scale's own number. */
	repetitions: number | undefined;
}

/** Reads `--only latency,size`, `--repetitions 1`, `--quick` and `--full`; throws with the names that exist. */
export function readOptions(argv: readonly string[]): BenchOptions {
	const { values } = parseArgs({
		args: [...argv],
		options: {
			only: { type: "string" },
			repetitions: { type: "string" },
			quick: { type: "boolean", default: false },
			full: { type: "boolean", default: false },
		},
	});
	const named = values.only?.split(",").map((name) => name.trim());
	const unknown = named?.filter((name) => !isPart(name)) ?? [];
	if (unknown.length > 0) {
		throw new Error(
			`no such part: ${unknown.join(", ")}; there are ${partNames.join(", ")}`,
		);
	}
	return {
		parts: partNames.filter((name) => named?.includes(name) ?? true),
		repetitions: values.repetitions ? Number(values.repetitions) : undefined,
		scale: values.quick ? "quick" : values.full ? "full" : "usual",
	};
}

function isPart(name: string): name is PartName {
	return partNames.some((part) => part === name);
}
