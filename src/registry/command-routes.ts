import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { commandAuthor } from "../http/caller-facts.ts";
import { problemResponses } from "../http/problems.ts";
import type { WorkerSources } from "./ports.ts";
import { readWorker, showPause } from "./routes.ts";
import {
	heldSchema,
	pauseBodySchema,
	resumeBodySchema,
	taskTypeParamsSchema,
	workerParamsSchema,
} from "./schemas.ts";

const response = { 200: heldSchema, ...problemResponses };

/** `POST /workers/:agent_id/{pause,resume}` and `/task-types/:task_type/{pause,resume}`. */
export const workerCommandRoutes: FastifyPluginAsyncTypebox<
	WorkerSources
> = async (app, sources) => {
	const { pauses } = sources;

	app.post(
		"/workers/:agent_id/pause",
		{
			config: { role: "operator" },
			schema: {
				operationId: "pauseWorker",
				tags: ["Workers"],
				summary: "Choose the worker for nothing more until it is resumed",
				description:
					"What it works on goes on. The choice binds where tickets are routed by worker; elsewhere Kafka may still bring it tickets.",
				params: workerParamsSchema,
				body: pauseBodySchema,
				response,
			},
		},
		async (request) => {
			const name = request.params.agent_id;
			const by = commandAuthor(request, request.body);
			await readWorker(sources, name);
			const subject = { kind: "worker" as const, name };
			return showPause(subject, await pauses.pause(subject, by));
		},
	);

	app.post(
		"/workers/:agent_id/resume",
		{
			config: { role: "operator" },
			schema: {
				operationId: "resumeWorker",
				tags: ["Workers"],
				summary: "Let a paused worker be chosen again, little by little",
				params: workerParamsSchema,
				body: resumeBodySchema,
				response,
			},
		},
		async (request) => {
			const subject = {
				kind: "worker" as const,
				name: request.params.agent_id,
			};
			const by = commandAuthor(request, request.body);
			const overMs = request.body.over_seconds * 1_000;
			// A worker that is gone may still be held back.
			const pause = await pauses
				.resume(subject, by, overMs)
				.catch(async (error: unknown) => {
					await readWorker(sources, subject.name);
					throw error;
				});
			return showPause(subject, pause);
		},
	);

	app.post(
		"/task-types/:task_type/pause",
		{
			config: { role: "operator" },
			schema: {
				operationId: "pauseTaskType",
				tags: ["Workers"],
				summary: "Give no ticket of this kind to a worker until it is resumed",
				params: taskTypeParamsSchema,
				body: pauseBodySchema,
				response,
			},
		},
		async (request) => {
			const subject = {
				kind: "task_type" as const,
				name: request.params.task_type,
			};
			const by = commandAuthor(request, request.body);
			return showPause(subject, await pauses.pause(subject, by));
		},
	);

	app.post(
		"/task-types/:task_type/resume",
		{
			config: { role: "operator" },
			schema: {
				operationId: "resumeTaskType",
				tags: ["Workers"],
				summary: "Let tickets of this kind go out again, little by little",
				params: taskTypeParamsSchema,
				body: resumeBodySchema,
				response,
			},
		},
		async (request) => {
			const subject = {
				kind: "task_type" as const,
				name: request.params.task_type,
			};
			const by = commandAuthor(request, request.body);
			const overMs = request.body.over_seconds * 1_000;
			return showPause(subject, await pauses.resume(subject, by, overMs));
		},
	);
};
