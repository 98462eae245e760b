import type { DryRun } from "../../domain/dry-run.ts";
import { renderDag } from "./dag.ts";
import type { Frame } from "./paint.ts";
import { renderProblems } from "./plan.ts";
import { renderFields } from "./table.ts";
import { wrap } from "./text.ts";
import { renderDuration, renderTime } from "./time.ts";

const words: Record<DryRun["outcome"], string> = {
	would_run: "would run",
	would_wait_for_approval: "would wait for approval",
	would_be_recorded: "would only be recorded: the decision rejects it",
	would_be_invalid: "would be INVALID: nothing would run",
	would_be_refused: "would be refused",
};

/** What policies say, and which features they give. */
export function policyFields({
	policy,
}: Pick<DryRun, "policy">): (readonly [string, string])[] {
	if (policy === undefined) return [];
	const { outcome, feature_flags, denied_tasks } = policy;
	const given = Object.entries(feature_flags ?? {})
		.filter(([, isGiven]) => isGiven)
		.map(([name]) => name.replace("enable_", ""));
	return [
		["policies", outcome],
		...(feature_flags === null
			? []
			: [["features", given.join(", ") || "none"] as const]),
		...(denied_tasks.length === 0
			? []
			: [["denied tasks", denied_tasks.slice(0, 20).join(", ")] as const]),
	];
}

/** How sure the finish is. */
function intervalFields({
	interval,
}: NonNullable<DryRun["prediction"]>): (readonly [string, string])[] {
	if (interval === undefined) return [];
	const { finish_p10, finish_p90, miss_chance } = interval;
	const percent = Math.round(100 * miss_chance);
	return [
		["most likely", `${renderTime(finish_p10)} to ${renderTime(finish_p90)}`],
		["may miss it", `${percent} %`],
	];
}

/** The dry run of a plan: verdict, prediction, problems and graph. */
export function renderDryRun(run: DryRun, frame: Frame): string[] {
	const { paint, width } = frame;
	const { outcome, plan_id, prediction, dag } = run;
	const isGood = run.valid && outcome !== "would_be_refused";
	return [
		`${isGood ? paint("good", "✔") : paint("bad", "✘")} plan ${plan_id ?? "(no id)"} ${words[outcome]}; nothing was started`,
		...renderFields(
			[
				["version", run.orchestrator_version ?? "-"],
				...(prediction === null
					? []
					: ([
							[
								"takes about",
								`${renderDuration(prediction.duration_ms)}, until ${renderTime(prediction.finish_at)} if it began now`,
							],
							...intervalFields(prediction),
							["promised by", renderTime(prediction.sla_deadline)],
						] as const)),
				...policyFields(run),
				...(run.plan_hash === null ? [] : [["hash", run.plan_hash] as const]),
			],
			frame,
		),
		...(prediction === null
			? []
			: wrap(`  (${prediction.basis})`, width, "   ").map((line) =>
					paint("dim", line),
				)),
		...renderProblems("problems", run.problems, frame),
		...renderProblems("warnings", run.warnings, frame),
		...(dag === null ? [] : ["", ...renderDag(dag, frame)]),
	];
}
