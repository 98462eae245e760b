import type { PlanRunInput } from "../domain/plan-run.ts";
import { OrchestratorError } from "../errors.ts";
import { prepareRun, type RunSettings } from "../plans/prepare-run.ts";
import { smokePlanId } from "../temporal/workflow-ids.ts";
import type { SmokePlan, SmokeShape } from "./ports.ts";

/** For each task of a shape: the tasks before it. */
type Tasks = Record<string, string[]>;

const BRANCHES = ["1", "2", "3", "4", "5", "6", "7", "8"];
const shapes: Record<SmokeShape, Tasks> = {
	linear: { a: [], b: ["a"], c: ["b"] },
	diamond: { top: [], left: ["top"], right: ["top"], end: ["left", "right"] },
	fanout: {
		start: [],
		...Object.fromEntries(BRANCHES.map((name) => [name, ["start"]])),
		end: BRANCHES,
	},
};

const TASK_MS = 100;

/** The run of a small plan whose tasks ask for nothing: any worker can do them. */
export function smokeInput(
	settings: RunSettings,
	{ planId: name, shape }: Pick<SmokePlan, "planId" | "shape">,
	nowMs: number,
): PlanRunInput {
	const plan_id = smokePlanId(name);
	const tasks = Object.entries(shapes[shape]).map(
		([task_id, dependencies]) => ({
			task_id,
			task_type: "VALIDATE",
			description: `smoke task ${task_id} of a release`,
			dependencies,
			estimated_duration_ms: TASK_MS,
			required_capabilities: [],
			parameters: {},
			metadata: { smoke: "true" },
		}),
	);
	const value = {
		plan_id,
		intent_id: plan_id,
		tasks,
		execution_order: tasks.map(({ task_id }) => task_id),
		risk_score: 0,
		risk_band: "low",
		original_domain: "TECHNICAL",
		original_priority: "high",
		original_security_level: "INTERNAL",
	};
	const prepared = prepareRun(settings, {
		value,
		receivedAtMs: nowMs,
		decidedAtMs: nowMs,
		source: null,
		via: "rest",
	});
	if (prepared.ok) return prepared.input;
	throw new OrchestratorError("PLAN_INVALID", prepared.refused.reason);
}
