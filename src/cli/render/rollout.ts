import type {
	ArmCounts,
	LiveFacts,
	Verdict,
} from "../../domain/rollout/judgement.ts";
import type { Phase } from "../../domain/rollout/state.ts";
import type { RolloutView } from "../../domain/rollout/view.ts";
import { type Piece, renderLine } from "./line.ts";
import type { Frame, Tone } from "./paint.ts";
import { type Column, renderTable } from "./table.ts";
import { pad, wrap } from "./text.ts";
import { renderDuration } from "./time.ts";

export interface Sign {
	symbol: string;
	tone: Tone;
}

export const phaseSigns: Record<Phase, Sign> = {
	Pending: { symbol: "○", tone: "waiting" },
	Smoke: { symbol: "◌", tone: "busy" },
	Progressing: { symbol: "◌", tone: "busy" },
	Paused: { symbol: "॥", tone: "waiting" },
	Promoting: { symbol: "◌", tone: "busy" },
	Verifying: { symbol: "◌", tone: "busy" },
	RollingBack: { symbol: "↶", tone: "bad" },
	Healthy: { symbol: "✔", tone: "good" },
	Degraded: { symbol: "✖", tone: "bad" },
	Cancelled: { symbol: "⊘", tone: "dim" },
};

/** A release at one moment: what it does, what the judge says, the builds and the steps. */
export function renderRollout(view: RolloutView, frame: Frame): string[] {
	const line = (...pieces: Piece[]) => renderLine(pieces, frame);
	const field = (label: string, ...pieces: Piece[]) =>
		line([pad(`${label}:`, 16), "dim"], ...pieces);
	const { symbol, tone } = phaseSigns[view.phase];
	const why = view.pauseReason === null ? "" : `  ${view.pauseReason}`;
	const { number, of, kind } = view.step;
	const notice = unwatched(view);
	return [
		field(
			"Name",
			[view.deployment, "strong"],
			[`  rollout ${view.rolloutId}  by ${view.actor}: ${view.reason}`],
		),
		field("Status", [`${symbol} ${view.phase}${why}`, tone]),
		...wrap(view.message, Math.max(20, frame.width - 16)).map(
			(text) => pad("", 16) + text,
		),
		...(notice === undefined ? [] : [line([`! ${notice}`, "bad"])]),
		field("Strategy", [
			`${view.spec.strategy}   step ${number}/${of} (${kind})${view.isFastTrack ? "   fast track" : ""}`,
		]),
		field("  SetWeight", [
			`${view.weight.toFixed(2)}      ActualWeight: ${actualWeight(view)}`,
		]),
		...renderVerdict(view, frame),
		...(view.live === null ? [] : [field("Budget", [budgetText(view.live)])]),
		"",
		...renderTable(columns, rowsOf(view, frame.nowMs), frame),
	];
}

/** Undefined while somebody looks and sees everything. */
export function unwatched({
	unwatchedForMs,
	unreadable,
}: RolloutView): string | undefined {
	if (unwatchedForMs !== null)
		return `nobody has looked for ${renderDuration(unwatchedForMs)}: the controller (role rollout) does not run, or cannot work`;
	return unreadable === null ? undefined : `not readable: ${unreadable}`;
}

/** Of the plans that began under the weight in force. */
function actualWeight({ live, weight, verdict }: RolloutView): string {
	const counts: ArmCounts | undefined = live?.starts.find(
		(one) => one.weight === weight,
	);
	const all = (counts?.base ?? 0) + (counts?.candidate ?? 0);
	if (counts === undefined || all === 0) return "-";
	const share = ((100 * counts.candidate) / all).toFixed(1);
	const p = verdict?.numbers.splitPValue ?? null;
	const split = p === null ? "" : `   SRM p=${p.toPrecision(2)}`;
	return `${share} (${counts.candidate}/${all})${split}`;
}

const actionSigns: Record<Verdict["action"], Sign> = {
	stay: { symbol: "◌", tone: "busy" },
	advance: { symbol: "✔", tone: "good" },
	pause: { symbol: "॥", tone: "waiting" },
	rollback: { symbol: "✖", tone: "bad" },
};

function renderVerdict({ verdict }: RolloutView, frame: Frame): string[] {
	if (verdict === null) return [];
	const { symbol, tone } = actionSigns[verdict.action];
	const [first = "", ...more] = wrap(
		`${verdict.rule}: ${verdict.sentence}`,
		Math.max(20, frame.width - 18),
	);
	return [
		renderLine(
			[[pad("  Verdict:", 16), "dim"], [`${symbol} `, tone], [first]],
			frame,
		),
		...more.map((text) => pad("", 18) + text),
	];
}

function budgetText({ budgetBurnsFast }: LiveFacts): string {
	if (budgetBurnsFast === null) return "not known";
	return budgetBurnsFast ? "burns fast" : "does not burn fast";
}

interface Row {
	name: string;
	kind: string;
	status: string;
	tone: Tone | undefined;
	age: string;
	info: string;
}

const columns: Column<Row>[] = [
	{ title: "NAME", text: ({ name }) => name },
	{ title: "KIND", text: ({ kind }) => kind },
	{ title: "STATUS", text: ({ status }) => status, tone: ({ tone }) => tone },
	{ title: "AGE", text: ({ age }) => age, spare: 1 },
	{ title: "INFO", text: ({ info }) => info, flexible: true, spare: 2 },
];

function rowsOf(view: RolloutView, nowMs: number): Row[] {
	const { phase, deployment, createdAtMs, baseBuild, targetBuild } = view;
	const { symbol, tone } = phaseSigns[phase];
	const steps = view.spec.steps.map((step, index): Row => {
		const isLast = index === view.spec.steps.length - 1;
		const weight = step.kind === "ramp" ? ` ${step.weight} %` : "";
		const sign = stepSign(view, index);
		return {
			name: `│  ${isLast ? "└" : "├"}──α ${step.kind}${weight}`,
			...{
				kind: "Step",
				status: `${sign.symbol} ${sign.word}`,
				tone: sign.tone,
			},
			...{ age: "", info: "" },
		};
	});
	return [
		{
			...{
				name: `⟳ ${deployment}`,
				kind: "Rollout",
				status: `${symbol} ${phase}`,
				tone,
			},
			...{ age: renderDuration(nowMs - createdAtMs), info: "" },
		},
		versionRow(view, "├──#", targetBuild, "candidate", nowMs),
		...steps,
		versionRow(view, "└──#", baseBuild ?? "-", "base", nowMs),
	];
}

function versionRow(
	{ routing, workers }: RolloutView,
	branch: string,
	build: string,
	arm: "candidate" | "base",
	nowMs: number,
): Row {
	const known = routing?.builds.find((one) => one.build === build);
	const of = workers?.[arm];
	const info =
		of === undefined
			? arm
			: `${arm}, pollers ${of.pollers}, backlog ${of.backlog}`;
	return {
		...{ name: `${branch} ${build}`, kind: "Version" },
		...{
			status: known?.status ?? "-",
			tone: known?.status === "current" ? "good" : undefined,
		},
		age: known === undefined ? "-" : renderDuration(nowMs - known.createdAtMs),
		info,
	};
}

function stepSign(
	{ phase, step }: RolloutView,
	index: number,
): Sign & { word: string } {
	const at = step.number - 1;
	if (index < at || phase === "Healthy")
		return { symbol: "✔", tone: "good", word: "Done" };
	if (index > at) return { symbol: "·", tone: "dim", word: "Pending" };
	if (phase === "Paused") return { ...phaseSigns.Paused, word: "Paused" };
	if (phase === "Degraded" || phase === "RollingBack")
		return { ...phaseSigns.Degraded, word: "Failed" };
	if (phase === "Cancelled")
		return { ...phaseSigns.Cancelled, word: "Cancelled" };
	return { symbol: "◌", tone: "busy", word: "Running" };
}
