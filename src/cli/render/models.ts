import type { ModelVersion, TrainingJob } from "../../prediction/ports.ts";
import {
	type ModelDetails,
	type ModelLine,
	percent,
	wrappedFields,
} from "./ml.ts";
import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { wrap } from "./text.ts";
import { renderDuration, renderRelative, renderTime } from "./time.ts";

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
		...wrappedFields(
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

function versionText(version: number | null): string {
	return version === null ? "-" : `@${version}`;
}
