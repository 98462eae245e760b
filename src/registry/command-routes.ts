import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import type { Static, TObject } from "typebox";
import { commandAuthor } from "../http/caller-facts.ts";
import { problemResponses } from "../http/problems.ts";
import type { PauseSubject } from "./pauses.ts";
import type { WorkerSources } from "./ports.ts";
import { readWorker, showPause } from "./routes.ts";
import {
	heldSchema,
	pauseBodySchema,
	resumeBodySchema,
	taskTypeParamsSchema,
	workerParamsSchema,
} from "./schemas.ts";

/** `POST /workers/:agent_id/{pause,resume}` and `/task-types/:task_type/{pause,resume}`. */
export const workerCommandRoutes: FastifyPluginAsyncTypebox<
	WorkerSources
> = async (app, sources) => {
	const { pauses } = sources;

	function add(path: string, params: TObject, kind: PauseSubject["kind"]) {
		const [param = ""] = Object.keys(params.properties);
		const isWorker = kind === "worker";
		const operation = isWorker ? "Worker" : "TaskType";
		const subjectOf = (request: FastifyRequest): PauseSubject => ({
			kind,
			name: (request.params as Record<string, string>)[param] ?? "",
		});
		/** A worker that nobody knows cannot be held back. */
		const find = async ({ name }: PauseSubject) =>
			isWorker && (await readWorker(sources, name));
		const route = (name: string, body: TObject, texts: object) => ({
			config: { role: "operator" } as const,
			schema: {
				...{ operationId: name + operation, tags: ["Workers"], ...texts },
				...{ params, body },
				response: { 200: heldSchema, ...problemResponses },
			},
		});
		const pausing = isWorker
			? {
					summary: "Choose the worker for nothing more until it is resumed",
					description:
						"Under V1 and V2. What it works on goes on. The choice binds where tickets are routed by worker; elsewhere, so always under V1, Kafka may still bring it tickets.",
				}
			: {
					summary:
						"Hold tickets of this kind back until it is resumed, of plans under V2",
					description:
						"They wait, at most SCHEDULER_PAUSED_WAIT_MS. Under V1 all tickets of a plan go out at once, also of this kind.",
				};
		app.post(
			`${path}/pause`,
			route("pause", pauseBodySchema, pausing),
			async (request: FastifyRequest) => {
				const subject = subjectOf(request);
				const body = request.body as Static<typeof pauseBodySchema>;
				await find(subject);
				const by = commandAuthor(request, body);
				return showPause(subject, await pauses.pause(subject, by));
			},
		);
		const summary = isWorker
			? "Let a paused worker be chosen again, little by little"
			: "Let tickets of this kind go out again, little by little";
		app.post(
			`${path}/resume`,
			route("resume", resumeBodySchema, { summary }),
			async (request: FastifyRequest) => {
				const subject = subjectOf(request);
				const body = request.body as Static<typeof resumeBodySchema>;
				const by = commandAuthor(request, body);
				const resuming = pauses.resume(subject, by, body.over_seconds * 1_000);
				// A worker that is gone may still be held back.
				const pause = await resuming.catch(async (error: unknown) => {
					await find(subject);
					throw error;
				});
				return showPause(subject, pause);
			},
		);
	}

	add("/workers/:agent_id", workerParamsSchema, "worker");
	add("/task-types/:task_type", taskTypeParamsSchema, "task_type");
};
