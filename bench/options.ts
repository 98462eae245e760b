import { parseArgs } from "node:util";

/**
 * In the order they run: what needs no servers, idle before documents can be overdue, what leaves workers, a
 * model or plans behind last.
 */
export const partNames = [
	"judge",
	"prediction",
	"idle",
	"latency",
	"throughput",
	"size",
	"policy",
	"scheduling",
	"unequal",
	"learning",
	"observability",
	"endurance",
	"profile",
	"price",
	"memory",
] as const;
export type PartName = (typeof partNames)[number];

/** Settings that turn a capability off, for a comparison with and without it. */
export const switches = {
	policy: { OPA_ENABLED: "false" },
	sla: { SLA_PROACTIVE_MONITORING_ENABLED: "false" },
	metrics: { METRICS_ENABLED: "false" },
	predictions: { ML_PREDICTIONS_ENABLED: "false" },
	scheduler: { ENABLE_INTELLIGENT_SCHEDULER: "false" },
} satisfies Record<string, Record<string, string>>;
export type SwitchName = keyof typeof switches;

export interface PairOptions {
	/** A commit to compare with; undefined: the same code. */
	against: string | undefined;
	/** Settings of the rival alone: `OPA_ENABLED=false`. */
	rivalEnv: Readonly<Record<string, string>>;
	pairs: number;
	turnSeconds: number;
}

export interface BenchOptions {
	/** Instead of the parts: compares in pairs with a commit, or with the same code without capabilities. */
	pairs: PairOptions | undefined;
	parts: readonly PartName[];
	/** How much is measured: quick proves that it runs, its figures mean nothing. */
	scale: "quick" | "usual" | "full";
	/** Instead of the scale's own number. */
	repetitions: number | undefined;
}

/**
 * Reads `--only latency,size`, `--repetitions 1`, `--quick` and `--full`; for a comparison `--against COMMIT` or
 * `--without policy,scheduler,sla,predictions` or `--rival-env NODE_OPTIONS=--max-semi-space-size=64`, `--pairs 10` and
 * `--turn-seconds 20`. Throws with the names that exist.
 */
export function readOptions(argv: readonly string[]): BenchOptions {
	const { values } = parseArgs({
		args: [...argv],
		options: {
			only: { type: "string" },
			repetitions: { type: "string" },
			quick: { type: "boolean", default: false },
			full: { type: "boolean", default: false },
			against: { type: "string" },
			without: { type: "string" },
			"rival-env": { type: "string", multiple: true, default: [] },
			pairs: { type: "string", default: "10" },
			"turn-seconds": { type: "string", default: "20" },
		},
	});
	const { against, without, "rival-env": assignments } = values;
	const named = values.only?.split(",").map((name) => name.trim());
	const unknown = named?.filter((name) => !isPart(name)) ?? [];
	if (unknown.length > 0) {
		throw new Error(
			`no such part: ${unknown.join(", ")}; there are ${partNames.join(", ")}`,
		);
	}
	const rivalEnv = { ...withoutEnv(without), ...readAssignments(assignments) };
	const isComparing = against !== undefined || Object.keys(rivalEnv).length > 0;
	return {
		pairs: isComparing
			? {
					against,
					rivalEnv,
					pairs: Number(values.pairs),
					turnSeconds: Number(values["turn-seconds"]),
				}
			: undefined,
		parts: partNames.filter((name) => named?.includes(name) ?? true),
		repetitions: values.repetitions ? Number(values.repetitions) : undefined,
		scale: values.quick ? "quick" : values.full ? "full" : "usual",
	};
}

function isPart(name: string): name is PartName {
	return partNames.some((part) => part === name);
}

function readAssignments(
	assignments: readonly string[],
): Record<string, string> {
	return Object.fromEntries(
		assignments.map((assignment) => {
			const at = assignment.indexOf("=");
			if (at < 1)
				throw new Error(
					`--rival-env is "${assignment}"; it must be NAME=VALUE`,
				);
			return [assignment.slice(0, at), assignment.slice(at + 1)];
		}),
	);
}

function withoutEnv(names = ""): Record<string, string> {
	const env: Record<string, string> = {};
	for (const name of names.split(",").filter((one) => one !== "")) {
		if (!Object.hasOwn(switches, name))
			throw new Error(
				`cannot do without ${name}; there are ${Object.keys(switches).join(", ")}`,
			);
		Object.assign(env, switches[name as SwitchName]);
	}
	return env;
}
