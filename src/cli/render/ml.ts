import type {
	ModelVersion,
	RegisteredModel,
	TrainingJob,
	TypeLearning,
} from "../../prediction/ports.ts";
import type { Frame, Tone } from "./paint.ts";
import { renderFields, renderTable } from "./table.ts";
import { count, wrap } from "./text.ts";
import { renderDuration, renderRelative, renderTime } from "./time.ts";

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
	shadow: {
		model: string;
		tickets: number;
		mae_share: number | null;
		champion_mae_share: number | null;
	} | null;
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
		...renderFields(
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

/** One line a model. */
export function renderModels(
	{ models }: { models: ModelLine[] },
	frame: Frame,
): string[] {
	if (models.length === 0)
		return ["there is no model yet; `orchestrator ml train` makes one"];
	return renderTable<ModelLine>(
		[
			{ title: "MODEL", text: ({ name }) => name },
			{
				title: "CHAMPION",
				text: ({ champion }) => versionText(champion),
			},
			{
				title: "CHALLENGER",
				text: ({ challenger }) => versionText(challenger),
			},
			{
				...{ title: "ERROR", align: "right" },
				text: ({ metrics }) => percent(metrics?.mae_share ?? null),
			},
			{
				...{ title: "TYPE MEDIAN", align: "right", spare: 1 },
				text: ({ metrics }) => percent(metrics?.type_median_mae_share ?? null),
			},
			{
				title: "CHANGED",
				spare: 2,
				text: ({ last_updated }) => renderRelative(last_updated, frame.nowMs),
			},
			{
				title: "HERE",
				text: ({ integration_status: status }) => status,
				tone: ({ integration_status: status }) =>
					status === "loaded" ? "good" : "dim",
			},
		],
		models,
		frame,
	);
}

/** A model with its versions and who promoted them. */
export function renderModel(
	{ name, champion, challenger, versions, predictor_version }: ModelDetails,
	frame: Frame,
): string[] {
	const { paint, width } = frame;
	return [
		`${paint("strong", name)}  ${predictor_version === null ? "not loaded in the process that answers" : `${predictor_version} predicts`}`,
		"",
		...renderTable<ModelVersion>(
			[
				{
					title: "VERSION",
					text: ({ version }) =>
						`@${version}${version === champion ? " champion" : version === challenger ? " challenger" : ""}`,
					tone: ({ version }) => (version === champion ? "good" : undefined),
				},
				{ title: "MADE", text: ({ registered_at: at }) => renderTime(at) },
				{ title: "FROM", spare: 2, text: originText },
				{
					...{ title: "TICKETS", align: "right", spare: 1 },
					text: ({ training }) => String(training?.tickets ?? "-"),
				},
				{
					...{ title: "ERROR", align: "right" },
					text: ({ metrics }) => percent(metrics?.mae_share ?? null),
				},
				{
					...{ title: "WITHIN P90", align: "right" },
					text: ({ metrics }) => percent(metrics?.p90_coverage ?? null),
				},
			],
			versions,
			frame,
		),
		...versions.flatMap(({ version, promotions }) =>
			promotions.flatMap(({ alias, at, by, reason }) =>
				wrap(
					`  @${version} ${alias} ${renderTime(at)} by ${by}: ${reason}`,
					width,
					"    ",
				),
			),
		),
	];
}

function originText({ source, format }: ModelVersion): string {
	return source === "trained" ? "our training" : `MLflow (${format})`;
}

/** A training, as it stands. */
export function renderJob(job: TrainingJob, frame: Frame): string[] {
	const { result, error, ended_at, started_at } = job;
	const tone = { running: "busy", completed: "good" } as const;
	const metrics = result?.metrics;
	return [
		`${frame.paint("strong", job.job_id)}  ${frame.paint(tone[job.status as "running"] ?? "bad", job.status)}`,
		...renderFields(
			[
				["asked", `${job.trigger}, by ${job.by}`],
				["began", renderRelative(started_at, frame.nowMs)],
				...(ended_at === null
					? []
					: [["took", renderDuration(ended_at - started_at)] as const]),
				...(result === null
					? []
					: [
							["outcome", `${result.outcome}: ${result.reason}`] as const,
							["tickets", String(result.tickets)] as const,
						]),
				...(metrics == null
					? []
					: [
							[
								"error",
								`${percent(metrics.mae_share)}, champion ${percent(metrics.champion_mae_share)}, type median ${percent(metrics.type_median_mae_share)}`,
							] as const,
						]),
				...(error === null ? [] : [["error", error] as const]),
			],
			frame,
		),
	];
}

function percent(share: number | null): string {
	return share === null ? "-" : `${(100 * share).toFixed(1)} %`;
}

function versionText(version: number | null): string {
	return version === null ? "-" : `@${version}`;
}
