import {
	buildDecision,
	buildPlan,
	type TaskSpec,
} from "../../demo/decisions.ts";
import { chain, diamond, fanOut, layers } from "../../demo/shapes.ts";
import type { PlannedPlan, Told } from "./evidence.ts";
import type { Random } from "./random.ts";

/** A plan with the message that brings it. */
export interface MixedPlan extends PlannedPlan {
	message: string;
}

/** Ordinary tasks have time enough to outlive every fault: one that times out was lost. */
const ORDINARY_ESTIMATE_MS = 120_000;
/** With the harness's settings an attempt of such a task times out after about three seconds. */
const HASTY_ESTIMATE_MS = 1_000;

interface Shape {
	name: string;
	tasks: (random: Random) => TaskSpec[];
}

const shapes: readonly Shape[] = [
	{ name: "chain", tasks: (random) => chain(random.between(2, 6)) },
	{ name: "diamond", tasks: () => diamond() },
	{ name: "fan-out", tasks: (random) => fanOut(random.between(3, 8)) },
	{
		name: "layers",
		tasks: (random) => layers(random.between(2, 3), random.between(2, 3)),
	},
];

/** What may be told to one task of a plan; most plans have none. */
type Trouble = "none" | "fail" | "retry" | "dead-letter" | "twice";
const troubles: readonly Trouble[] = [
	...(["none", "none", "none", "none", "none", "none"] as const),
	"fail",
	"retry",
	"dead-letter",
	"twice",
];

/** The `index`-th plan of a steady mix: every shape under both versions, some tasks that fail, some decisions that run nothing. */
export function mixPlan(
	name: string,
	index: number,
	random: Random,
): MixedPlan {
	const shape = shapes[index % shapes.length] as Shape;
	const version = Math.floor(index / shapes.length) % 2 === 0 ? "V1" : "V2";
	const expected =
		index % 14 === 9 ? "recorded" : index % 14 === 12 ? "invalid" : "run";
	const tasks = shape.tasks(random);
	const specs = tasks.map((task) => ordinary(task, random));
	const trouble = expected === "run" ? random.pick(troubles) : "none";
	const chosen = random.between(0, specs.length - 1);
	specs[chosen] = withTrouble(specs[chosen] as TaskSpec, trouble);
	if (expected === "invalid") (specs[0] as TaskSpec).dependencies = ["nowhere"];
	const told = specs.map(
		(_, at): Told => (at === chosen ? toldOf[trouble] : "complete"),
	);
	return createPlan({
		planId: name,
		shape: shape.name,
		version,
		expected,
		specs,
		told,
	});
}

const toldOf: Record<Trouble, Told> = {
	none: "complete",
	fail: "fail",
	"dead-letter": "fail",
	retry: "retry",
	twice: "unruly",
};

/** A plan of one shape in which nothing goes wrong. */
export function plainPlan(
	planId: string,
	version: "V1" | "V2",
	tasks: TaskSpec[],
): MixedPlan {
	const specs = tasks.map(outliving);
	return createPlan({
		planId,
		shape: `${tasks.length} tasks`,
		version,
		expected: "run",
		specs,
		told: specs.map(() => "complete"),
	});
}

/** The same, and a person has to approve it first. */
export function waitingPlan(
	planId: string,
	version: "V1" | "V2",
	tasks: TaskSpec[],
): MixedPlan {
	return createPlan({
		planId,
		shape: `${tasks.length} tasks after approval`,
		version,
		expected: "run",
		specs: tasks.map(outliving),
		told: tasks.map(() => "complete"),
		waits: true,
	});
}

/** A chain whose middle task is answered late, or by FAILED and then COMPLETED. */
export function unrulyPlan(
	planId: string,
	version: "V1" | "V2",
	how: "late" | "failed-then-completed",
): MixedPlan {
	const specs = chain(3).map((task) => ({
		...task,
		estimated_duration_ms: ORDINARY_ESTIMATE_MS,
		parameters: { simulate_duration_ms: "50" } as Record<string, string>,
	}));
	const [, middle] = specs;
	if (middle === undefined) throw new Error("a chain of three has a middle");
	middle.parameters =
		how === "late"
			? {
					simulate: "late",
					simulate_late_ms: "4500",
					simulate_attempts: "1",
					simulate_duration_ms: "20",
				}
			: { chaos: "failed-then-completed", simulate_duration_ms: "400" };
	if (how === "late") middle.estimated_duration_ms = HASTY_ESTIMATE_MS;
	return createPlan({
		planId,
		shape: how,
		version,
		expected: "run",
		specs,
		told: ["complete", "unruly", "complete"],
	});
}

function outliving(task: TaskSpec): TaskSpec {
	return { ...task, estimated_duration_ms: ORDINARY_ESTIMATE_MS };
}

function ordinary(task: TaskSpec, random: Random): TaskSpec {
	return {
		...task,
		estimated_duration_ms: ORDINARY_ESTIMATE_MS,
		parameters: { simulate_duration_ms: String(random.between(20, 200)) },
	};
}

function withTrouble(task: TaskSpec, trouble: Trouble): TaskSpec {
	const parameters = { ...task.parameters } as Record<string, string>;
	if (trouble === "retry") parameters.simulate_fail_attempts = "1";
	else if (trouble !== "none") parameters.simulate = trouble;
	return { ...task, parameters };
}

interface PlanParts extends Omit<PlannedPlan, "decisionId" | "tasks"> {
	specs: TaskSpec[];
	told: readonly Told[];
	/** For a person's approval. */
	waits?: boolean;
}

function createPlan({
	specs,
	told,
	waits = false,
	...parts
}: PlanParts): MixedPlan {
	const { planId, version, expected } = parts;
	const plan = buildPlan({ plan_id: planId, tasks: specs, risk_band: "low" });
	const decision = buildDecision(plan, {
		metadata: { orchestrator_version: version },
		...(waits && { requires_human_review: true }),
		...(expected === "recorded" && { final_decision: "reject" as const }),
	});
	return {
		...parts,
		decisionId: decision.decision_id,
		tasks: specs.map(({ task_id, dependencies = [] }, at) => ({
			task_id,
			dependencies,
			told: told[at] ?? "complete",
		})),
		message: JSON.stringify(decision),
	};
}
