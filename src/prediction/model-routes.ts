import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import type { ModelAlias } from "../domain/prediction/model-words.ts";
import { OrchestratorError } from "../errors.ts";
import { commandAuthor } from "../http/caller-facts.ts";
import { problemResponses } from "../http/problems.ts";
import type { MlSources } from "./ml-ports.ts";
import {
	jobSchema,
	modelDetailsSchema,
	modelSchema,
	promoteSchema,
	rollbackSchema,
	trainSchema,
} from "./ml-schemas.ts";
import { ANOMALY_MODEL, type RegisteredModel } from "./ports.ts";

const tags = ["Learning"];
const modelParams = Type.Object({
	model_name: Type.String({ maxLength: 200 }),
});

/** Trainings, and the models that came of them. */
export const modelRoutes: FastifyPluginAsyncTypebox<MlSources> = async (
	app,
	{ registry, training, view },
) => {
	app.post(
		"/ml/train",
		{
			config: { role: "operator" },
			schema: {
				operationId: "trainModels",
				tags,
				summary: "Trains a model from what has ended, now",
				description:
					"One training runs at a time: while one does, the answer is that one. The new version becomes champion only if the back-test says so.",
				body: trainSchema,
				response: {
					202: Type.Object({
						job_id: Type.String(),
						status: Type.Literal("queued"),
						is_new: Type.Boolean(),
						message: Type.String(),
					}),
					...problemResponses,
				},
			},
		},
		async (request, reply) => {
			const { window_days, ...author } = request.body;
			const { actor } = commandAuthor(request, author);
			const { job_id, isNew } = await training.start({
				...{ trigger: "manual", by: actor },
				...(window_days !== undefined && { windowDays: window_days }),
			});
			return reply.code(202).send({
				...{ job_id, status: "queued" as const, is_new: isNew },
				message: isNew ? "a training begins" : "this training runs already",
			});
		},
	);

	app.get(
		"/ml/train",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listTrainingJobs",
				tags,
				summary: "Trainings, newest first",
				querystring: Type.Object({
					limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
				}),
				response: {
					200: Type.Object({ jobs: Type.Array(jobSchema) }),
					...problemResponses,
				},
			},
		},
		async ({ query }) => ({ jobs: await training.listJobs(query.limit) }),
	);

	app.get(
		"/ml/train/:job_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getTrainingJob",
				tags,
				summary: "How a training stands, or what came of it",
				params: Type.Object({ job_id: Type.String({ maxLength: 200 }) }),
				response: { 200: jobSchema, ...problemResponses },
			},
		},
		async ({ params }) => {
			const job = await training.readJob(params.job_id);
			if (job === undefined) throw notFound(`training ${params.job_id}`);
			return job;
		},
	);

	app.get(
		"/ml/models",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listModels",
				tags,
				summary: "The models, and which version of each predicts",
				querystring: Type.Object({
					model_type: Type.Optional(
						Type.Unsafe<"duration" | "anomaly">(
							Type.Enum(["duration", "anomaly"]),
						),
					),
				}),
				response: {
					200: Type.Object({ models: Type.Array(modelSchema) }),
					...problemResponses,
				},
			},
		},
		async ({ query }) => {
			const models = (await registry.list()).map((one) => show(one, view()));
			const { model_type: wanted } = query;
			return {
				models: models.filter(
					({ model_type }) => wanted === undefined || model_type === wanted,
				),
			};
		},
	);

	app.get(
		"/ml/models/:model_name",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getModel",
				tags,
				summary: "A model with its versions: how good, from what, promoted why",
				params: modelParams,
				response: { 200: modelDetailsSchema, ...problemResponses },
			},
		},
		async ({ params }) => {
			const model = await registry.read(params.model_name);
			if (model === undefined) throw notFound(`model ${params.model_name}`);
			return showDetails(model, view());
		},
	);

	app.post(
		"/ml/models/:model_name/promote",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "promoteModel",
				tags,
				summary: "Gives a version the place of champion or challenger",
				description:
					"A person decides, whatever the back-test said; every process predicts with the new champion within seconds.",
				params: modelParams,
				body: promoteSchema,
				response: {
					200: Type.Object({
						model_name: Type.String(),
						version: Type.Integer(),
						requested_stage: Type.String(),
						current_stage: Type.String(),
						status: Type.Literal("promoted"),
					}),
					...problemResponses,
				},
			},
		},
		async (request) => {
			const { version: asked, stage = "Production", ...who } = request.body;
			const { actor, reason } = commandAuthor(request, who);
			const name = request.params.model_name;
			const version = Number(asked);
			const alias = aliasOf(stage);
			await registry.promote({ name, version, alias, by: actor, reason });
			return {
				...{ model_name: name, version, requested_stage: stage },
				...{ current_stage: stageOf(alias), status: "promoted" as const },
			};
		},
	);

	app.post(
		"/ml/models/:model_name/rollback",
		{
			config: { role: "releaser" },
			schema: {
				operationId: "rollbackModel",
				tags,
				summary: "Makes the former champion the champion again",
				params: modelParams,
				body: rollbackSchema,
				response: { 200: modelDetailsSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { actor, reason } = commandAuthor(request, request.body);
			const name = request.params.model_name;
			const model = await registry.rollback({ name, by: actor, reason });
			return showDetails(model, view());
		},
	);
};

export function notFound(what: string): OrchestratorError {
	return new OrchestratorError("MODEL_NOT_FOUND", `${what} not found`);
}

const aliasOf = (stage: string): ModelAlias =>
	stage === "Staging" || stage === "challenger" ? "challenger" : "champion";
const stageOf = (alias: ModelAlias) =>
	alias === "champion" ? ("Production" as const) : ("Staging" as const);

/** In the words of the earlier service: the stage of the newest version that has one. */
function show(
	model: RegisteredModel,
	{ model: loaded }: { model: string | null },
) {
	const { name, champion, challenger, versions } = model;
	const [newest] = versions;
	const shown = versions.find(({ version }) => version === champion) ?? newest;
	const stage = champion !== null ? "champion" : challenger && "challenger";
	const isLoaded =
		champion !== null && loaded?.startsWith(`${name}@${champion}+`) === true;
	return {
		...{ name, champion, challenger },
		model_type:
			name === ANOMALY_MODEL ? ("anomaly" as const) : ("duration" as const),
		latest_version: newest?.version ?? null,
		stage: stage ? stageOf(stage as ModelAlias) : null,
		metrics: shown?.metrics ?? null,
		last_updated:
			shown === undefined
				? null
				: Math.max(
						shown.registered_at,
						...shown.promotions.map(({ at }) => at),
					),
		integration_status: isLoaded ? ("loaded" as const) : ("unloaded" as const),
	};
}

function showDetails(model: RegisteredModel, state: { model: string | null }) {
	const shown = show(model, state);
	const predictor_loaded = shown.integration_status === "loaded";
	return {
		...shown,
		...{ revision: model.revision, versions: model.versions },
		predictor_version: predictor_loaded ? state.model : null,
		predictor_loaded,
	};
}
