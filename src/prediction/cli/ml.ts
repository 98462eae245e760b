import { setTimeout as sleep } from "node:timers/promises";
import type { Command } from "commander";
import type { ApiClient } from "../../cli/api/client.ts";
import {
	addCommandOptions,
	type CommandOptions,
	describeCommand,
} from "../../cli/command-options.ts";
import { addExamples } from "../../cli/examples.ts";
import { readCount } from "../../cli/read-options.ts";
import { renderExplanation } from "../../cli/render/explanation.ts";
import {
	type DriftAnswer,
	type ModelDetails,
	type ModelLine,
	renderDrift,
	renderMlStatus,
	type StatsAnswer,
} from "../../cli/render/ml.ts";
import {
	renderJob,
	renderModel,
	renderModels,
} from "../../cli/render/models.ts";
import { renderWeights } from "../../cli/render/weights.ts";
import { answer, type Run } from "../../cli/run-command.ts";
import type { WeightProposal } from "../../domain/prediction/propose-weights.ts";
import type { TicketExplanation } from "../ml-ports.ts";
import { DURATION_MODEL, type TrainingJob } from "../ports.ts";

const ML = "/api/v1/ml";
const POLL_MS = 1_000;

interface TrainOptions extends CommandOptions {
	windowDays?: number;
	wait?: boolean;
}
interface ModelOptions extends CommandOptions {
	model: string;
}
interface PromoteOptions extends ModelOptions {
	challenger?: boolean;
}

/** `ml …`: what predicts durations, how good it is, and who may change that. */
export function addMl(program: Command, run: Run): void {
	const ml = program
		.command("ml")
		.description(
			"predictions of how long tickets run, and what they learn from",
		);
	addReads(ml, run);
	addChanges(ml, run);
}

function addReads(ml: Command, run: Run): void {
	addExamples(
		ml
			.command("status")
			.description("which model predicts, and how far it is off"),
		{ "ml status": "whether predictions can be believed" },
	).action(
		run(async ({ api }) => answer(await readStatus(api), renderMlStatus)),
	);
	addExamples(
		ml
			.command("models")
			.description("the models, or the versions of one")
			.argument("[name]"),
		{
			"ml models": "what there is",
			[`ml models ${DURATION_MODEL}`]:
				"its versions, and why each was promoted",
		},
	).action(
		run(async ({ api }, _options, [name]) =>
			name === undefined
				? answer(
						await api.get<{ models: ModelLine[] }>(`${ML}/models`),
						renderModels,
					)
				: answer(await api.get<ModelDetails>(pathOf(name)), renderModel),
		),
	);
	addExamples(
		ml
			.command("drift")
			.description("whether durations leave what the model foretells"),
		{ "ml drift --json | jq .overall_status": "for programs" },
	).action(
		run(async ({ api }) =>
			answer(await api.get<DriftAnswer>(`${ML}/drift`), renderDrift),
		),
	);
	addExamples(
		ml
			.command("weights")
			.description("whether another weight of the scheduler would be better"),
		{ "ml weights": "what recorded choices say, and how sure that is" },
	).action(
		run(async ({ api }) =>
			answer(await api.get<WeightProposal>(`${ML}/weights`), renderWeights),
		),
	);
	addExamples(
		ml
			.command("explain")
			.description("what a ticket's prediction rests on")
			.argument("<ticket-id>", "of any of its attempts"),
		{
			"ml explain 1d1a4f3e-58a3-5c51-9f0e-0c1f4c3a2b10":
				"then, now, and what each fact does",
		},
	).action(
		run(async ({ api }, _options, [id = ""]) =>
			answer(
				await api.get<TicketExplanation>(
					`${ML}/tickets/${encodeURIComponent(id)}/explanation`,
				),
				renderExplanation,
			),
		),
	);
}

function addChanges(ml: Command, run: Run): void {
	addExamples(
		addCommandOptions(
			ml
				.command("train")
				.description("train a model from what has ended")
				.option("--window-days <number>", "days to look back", readCount)
				.option("--wait", "until it is done"),
		),
		{ 'ml train --reason "new machines" --wait': "and see what came of it" },
	).action(
		run<TrainOptions>(async ({ api, io }, options) => {
			const { body } = describeCommand(options);
			const { windowDays: window_days } = options;
			const { job_id } = await api.post<{ job_id: string }>(`${ML}/train`, {
				...body,
				...(window_days !== undefined && { window_days }),
			});
			const { signal } = io;
			const job = await readJob(api, job_id, options.wait ? signal : undefined);
			const isWell = job.status === "running" || job.status === "completed";
			return answer(job, renderJob, isWell ? "ok" : "failed");
		}),
	);
	addExamples(
		onModel(
			ml
				.command("promote")
				.description("let a version predict")
				.argument("<version>", "its number", readCount)
				.option("--challenger", "only compare it with the champion"),
		),
		{ 'ml promote 4 --reason "better on BUILD"': "version 4 predicts now" },
	).action(
		run<PromoteOptions>(async ({ api }, options, [version]) => {
			const { body } = describeCommand(options);
			const stage = options.challenger ? "challenger" : "champion";
			const change = { ...body, version: Number(version), stage };
			await api.post(`${pathOf(options.model)}/promote`, change);
			return answer(
				await api.get<ModelDetails>(pathOf(options.model)),
				renderModel,
			);
		}),
	);
	addExamples(
		onModel(
			ml
				.command("rollback")
				.description("let the former champion predict again"),
		),
		{ 'ml rollback --reason "estimates are off"': "one call" },
	).action(
		run<ModelOptions>(async ({ api }, options) => {
			const { body } = describeCommand(options);
			const path = `${pathOf(options.model)}/rollback`;
			return answer(await api.post<ModelDetails>(path, body), renderModel);
		}),
	);
}

function onModel(command: Command): Command {
	return addCommandOptions(
		command.option("--model <name>", "of which model", DURATION_MODEL),
	);
}

const pathOf = (name: string) => `${ML}/models/${encodeURIComponent(name)}`;

async function readStatus(api: ApiClient) {
	const [{ models }, stats, drift, { jobs }] = await Promise.all([
		api.get<{ models: ModelLine[] }>(`${ML}/models`),
		api.get<StatsAnswer>(`${ML}/predictions/stats`),
		api.get<DriftAnswer>(`${ML}/drift`),
		api.get<{ jobs: TrainingJob[] }>(`${ML}/train`, { limit: 5 }),
	]);
	return { models, stats, drift, jobs };
}

async function readJob(
	api: ApiClient,
	jobId: string,
	/** Given: until it has ended. */
	waiting: AbortSignal | undefined,
): Promise<TrainingJob> {
	for (;;) {
		const job = await api.get<TrainingJob>(
			`${ML}/train/${encodeURIComponent(jobId)}`,
		);
		if (waiting === undefined || job.status !== "running") return job;
		await sleep(POLL_MS, undefined, { signal: waiting });
	}
}
