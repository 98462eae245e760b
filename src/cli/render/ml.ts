import type {
	LearningReport,
	ModelVersion,
	RegisteredModel,
	TrainingJob,
	TypeLearning,
} from "../../prediction/ports.ts";
import type { Frame, Tone } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";
import { renderRelative } from "./time.ts";

/** A model as the list has it. */
export interface ModelLine {
	name: string;
	champion: number | null;
	challenger: number | null;
	latest_version: number | null;
	metrics: ModelVersion["metrics"];
	last_updated: number | null;
	integration_status: "loaded" | "unloaded";
}
export type ModelDetails = ModelLine &
	Pick<RegisteredModel, "versions"> & { predictor_version: string | null };

export interface DriftAnswer {
	overall_status: TypeLearning["drift"];
	model: string | null;
	timestamp: number | null;
	types: TypeLearning[];
	recommendations: string[];
}
export interface StatsAnswer {
	model: string | null;
	total_predictions: number;
	duration_mae_pct: number | null;
	p90_coverage_pct: number | null;
	shadow: LearningReport["shadow"];
}
export interface StatusAnswer {
	models: ModelLine[];
	stats: StatsAnswer;
	drift: DriftAnswer;
	jobs: TrainingJob[];
}

/** Which model predicts, how far it is off by type, and what it is compared with. */
export function renderMlStatus(
	{ models, stats, drift, jobs }: StatusAnswer,
	frame: Frame,
): string[] {
	const { paint, nowMs } = frame;
	const [job] = jobs;
	const loaded = models.find((one) => one.integration_status === "loaded");
	const head =
		stats.model === null && loaded === undefined
			? paint("waiting", "no model yet: tickets' own estimates stand")
			: `${paint("good", "●")} ${paint("strong", stats.model ?? `${loaded?.name}@${loaded?.champion}`)} predicts`;
	return [
		head,
		...wrappedFields(
			[
				["error", errorText(stats)],
				...(stats.shadow === null
					? []
					: [["compared", shadowText(stats.shadow)] as const]),
				["training", job === undefined ? "none yet" : jobText(job, nowMs)],
				["learned", learnedText(drift, nowMs)],
			],
			frame,
		),
		...renderTypes(drift, frame),
	];
}

function errorText({
	total_predictions,
	duration_mae_pct: mae,
	p90_coverage_pct: covered,
}: StatsAnswer): string {
	if (mae === null) return "not known: no predicted ticket has ended";
	const within =
		covered === null ? "" : `, ${covered.toFixed(1)} % took no longer than p90`;
	return `${mae.toFixed(1)} % of the mean duration over ${count(total_predictions, "ticket")}${within}`;
}

function shadowText({
	model,
	tickets,
	mae_share,
	champion_mae_share,
}: NonNullable<StatsAnswer["shadow"]>): string {
	return `${model}: ${percent(mae_share)} against ${percent(champion_mae_share)} on ${count(tickets, "live ticket")}`;
}

function jobText(
	{ job_id, status, started_at, result, error }: TrainingJob,
	nowMs: number,
): string {
	const what = error ?? result?.reason;
	return `${job_id} ${status}, began ${renderRelative(started_at, nowMs)}${what == null ? "" : `: ${what}`}`;
}

function learnedText({ timestamp }: DriftAnswer, nowMs: number): string {
	return timestamp === null
		? "never: no process learns (role worker or trainer)"
		: renderRelative(timestamp, nowMs);
}

const driftTones: Record<TypeLearning["drift"], Tone> = {
	ok: "good",
	warning: "waiting",
	critical: "bad",
};

/** Types with their errors, and what to do about those that drift. */
export function renderDrift(answer: DriftAnswer, frame: Frame): string[] {
	const { overall_status, model, timestamp } = answer;
	const seen = learnedText({ ...answer, timestamp }, frame.nowMs);
	return [
		`${frame.paint(driftTones[overall_status], overall_status)}  ${model ?? "no model yet"}, looked at ${seen}`,
		...renderTypes(answer, frame),
	];
}

function renderTypes({ types }: DriftAnswer, frame: Frame): string[] {
	if (types.length === 0) return [];
	return [
		"",
		...renderTable<TypeLearning>(
			[
				{ title: "TYPE", text: ({ task_type }) => task_type },
				{
					...{ title: "TICKETS", align: "right", spare: 1 },
					text: ({ tickets }) => String(tickets),
				},
				{
					...{ title: "ERROR", align: "right" },
					text: ({ mae_share }) => percent(mae_share),
				},
				{
					...{ title: "WITHIN P90", align: "right" },
					text: ({ p90_coverage }) => percent(p90_coverage),
				},
				{
					...{ title: "RUNS AT", align: "right" },
					text: ({ drift_factor: factor }) =>
						factor === null ? "-" : `${factor.toFixed(2)} x`,
				},
				{
					title: "DRIFT",
					text: ({ drift }) => drift,
					tone: ({ drift }) => driftTones[drift],
				},
				{ ...{ title: "ALARMS", spare: 2 }, text: alarmText },
			],
			types,
			frame,
		),
		...types.flatMap(({ task_type, drifting_since, recommendation }) =>
			recommendation === null
				? []
				: wrap(
						`! ${task_type}${drifting_since === null ? "" : `, since ${renderRelative(drifting_since, frame.nowMs)}`}: ${recommendation}`,
						frame.width,
						"  ",
					),
		),
	];
}

function alarmText(one: TypeLearning): string {
	if (one.anomalies_silenced) return "silenced: too many were false";
	return one.anomaly_alarms === 0
		? "none"
		: `${one.anomaly_alarms}, ${one.false_alarms} false`;
}

export function percent(share: number | null): string {
	return share === null ? "-" : `${(100 * share).toFixed(1)} %`;
}

/** Fields whose values may be longer than a line. */
export function wrappedFields(
	fields: readonly (readonly [name: string, value: string])[],
	{ paint, width }: Frame,
): string[] {
	const wide = Math.max(...fields.map(([name]) => name.length));
	const indent = " ".repeat(wide + 4);
	return fields.flatMap(([name, value]) => {
		const [first = "", ...rest] = wrap(value, width - indent.length);
		return [
			`  ${paint("dim", name.padEnd(wide))}  ${first}`,
			...rest.map((line) => indent + line),
		];
	});
}
