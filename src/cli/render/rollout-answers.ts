import type { RampUp } from "../../domain/rollout/recommend.ts";
import type { SpecProblem } from "../../domain/rollout/spec.ts";
import type { RolloutEvent } from "../../domain/rollout/state.ts";
import type { RolloutView } from "../../domain/rollout/view.ts";
import { renderLine } from "./line.ts";
import type { Frame } from "./paint.ts";
import { phaseSigns, unwatched } from "./rollout.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./text.ts";
import { renderDuration, renderRelative, renderTime } from "./time.ts";

/** A table of releases, newest first. */
export function renderRollouts(
	{ rollouts }: { rollouts: RolloutView[] },
	frame: Frame,
): string[] {
	if (rollouts.length === 0) return ["there is no release"];
	const sign = (view: RolloutView) => phaseSigns[view.phase];
	return renderTable<RolloutView>(
		[
			{
				title: "STATUS",
				text: (view) => `${sign(view).symbol} ${view.phase}`,
				tone: (view) => sign(view).tone,
			},
			{ title: "ROLLOUT", text: ({ rolloutId }) => rolloutId },
			{ title: "BUILD", text: ({ targetBuild }) => targetBuild },
			{
				title: "STEP",
				text: ({ step }) => `${step.number}/${step.of}`,
				align: "right",
			},
			{
				title: "WEIGHT",
				text: ({ weight }) => `${weight} %`,
				align: "right",
				spare: 1,
			},
			{
				title: "AGE",
				text: (view) => renderDuration(frame.nowMs - view.createdAtMs),
				align: "right",
				spare: 2,
			},
			{
				title: "WHY",
				text: ({ message }) => message,
				flexible: true,
				spare: 3,
			},
		],
		rollouts,
		frame,
	);
}

/** Where it stands, on one line: for a log. */
export function renderRolloutLine(view: RolloutView, frame: Frame): string {
	const { symbol, tone } = phaseSigns[view.phase];
	const why = view.pauseReason ?? view.verdict?.sentence ?? view.message;
	return renderLine(
		[
			[renderTime(frame.nowMs), "dim"],
			[`  ${symbol} ${view.phase}`, tone],
			[`  ${view.weight} %  ${why}`],
		],
		frame,
	);
}

/** What holds it, and what a person may do. */
export function renderWhyRollout(
	{ view, events }: { view: RolloutView; events: RolloutEvent[] },
	frame: Frame,
): string[] {
	const { symbol, tone } = phaseSigns[view.phase];
	const notice = unwatched(view);
	return [
		renderLine(
			[
				[view.rolloutId, "strong"],
				[`  ${symbol} ${view.phase}`, tone],
			],
			frame,
		),
		...wrap(view.message, frame.width),
		...(notice === undefined ? [] : [`! ${notice}`]),
		...(view.verdict === null
			? []
			: wrap(
					`${view.verdict.rule}: ${view.verdict.sentence}`,
					frame.width,
					"  ",
				)),
		frame.paint(
			"dim",
			`what may be asked: ${view.allowed.join(", ") || "nothing now"}`,
		),
		...events
			.slice(-8)
			.flatMap((event) =>
				wrap(
					`${renderRelative(event.atMs, frame.nowMs)}  ${event.type} by ${event.actor}: ${event.reason}`,
					frame.width,
					"  ",
				),
			),
	];
}

export function renderRecommendation(ramp: RampUp, { width }: Frame): string[] {
	const { nextWeight, minSoakMs, etaToVerdictMs } = ramp;
	return [
		`next: ${nextWeight} % for at least ${renderDuration(minSoakMs)}, a verdict in ${renderDuration(etaToVerdictMs)}`,
		...wrap(ramp.why, width),
	];
}

export function renderLint(
	{ problems }: { problems: SpecProblem[] },
	{ paint }: Frame,
): string[] {
	if (problems.length === 0) return [paint("good", "✔ the spec is valid")];
	return problems.map(({ path, message }) =>
		paint("bad", `✘ ${path} ${message}`),
	);
}
