import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { readExecuting } from "../domain/registry/executing.ts";
import { type Pause, viewPause } from "../domain/registry/paused-share.ts";
import { UNKNOWN_TRACE } from "../domain/scheduling/traces.ts";
import { scoreWorker, weighWorker } from "../domain/scheduling/worker-score.ts";
import { OrchestratorError } from "../errors.ts";
import { problemResponses } from "../http/problems.ts";
import { createCursor } from "../http/v1/cursor.ts";
import { pageQuerySchema } from "../http/v1/page-query.ts";
import type { KnownWorker } from "../plans/worker-directory.ts";
import type { PauseSubject } from "./pauses.ts";
import type { WorkerSources, WorkerTrace } from "./ports.ts";
import {
	heldSchema,
	viewFields,
	workerDetailsSchema,
	workerFilterSchema,
	workerParamsSchema,
	workerSchema,
} from "./schemas.ts";
import { toKnownWorker } from "./to-known-worker.ts";

const places = createCursor("a list of workers", { agent_id: "string" });

const listQuerySchema = Type.Object(
	{
		...workerFilterSchema,
		...pageQuerySchema,
	},
	{ additionalProperties: false },
);
const listSchema = Type.Object({
	workers: Type.Array(workerSchema),
	next_cursor: Type.Union([Type.String(), Type.Null()]),
	...viewFields,
});

/** Reads of workers, and of what people hold back. */
export const workerRoutes: FastifyPluginAsyncTypebox<WorkerSources> = async (
	app,
	sources,
) => {
	app.get(
		"/workers",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listWorkers",
				tags: ["Workers"],
				summary: "Worker agents by id: status, load, telemetry",
				querystring: listQuerySchema,
				response: { 200: listSchema, ...problemResponses },
			},
		},
		async (request) => {
			const { limit, cursor, status, capability } = request.query;
			const after = cursor === undefined ? "" : places.decode(cursor).agent_id;
			const { workers, source, age_ms } = await sources.readView();
			const found = workers.filter(
				(worker) =>
					worker.agent_id > after &&
					hasStatus(worker, status) &&
					(capability === undefined ||
						worker.capabilities.includes(capability)),
			);
			const page = found.slice(0, limit);
			const last = found.length > limit ? page.at(-1) : undefined;
			const next_cursor = last === undefined ? null : places.encode(last);
			const traces = await sources.readTraces(
				page.map(({ agent_id }) => agent_id),
			);
			const shown = page.map((worker) =>
				show(worker, tracesOf(traces, worker, SHOWN_IN_LIST)),
			);
			return { workers: shown, next_cursor, source, age_ms };
		},
	);

	app.get(
		"/workers/:agent_id",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getWorker",
				tags: ["Workers"],
				summary: "One worker agent, and what it works on",
				params: workerParamsSchema,
				response: { 200: workerDetailsSchema, ...problemResponses },
			},
		},
		async (request) => await readWorker(sources, request.params.agent_id),
	);

	app.get(
		"/pauses",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "listPauses",
				tags: ["Workers"],
				summary: "Workers and task types that are held back",
				response: {
					200: Type.Object({ pauses: Type.Array(heldSchema) }),
					...problemResponses,
				},
			},
		},
		async () => {
			const pauses = [...(await sources.pauses.read())].flatMap(
				([key, pause]) => {
					const colon = key.indexOf(":");
					const kind = key.slice(0, colon);
					const name = key.slice(colon + 1);
					return kind === "worker" || kind === "task_type"
						? [showPause({ kind, name }, pause)]
						: [];
				},
			);
			return { pauses };
		},
	);
};

/** What a pause holds, and what it does not. */
const effects: Record<PauseSubject["kind"], string> = {
	worker:
		"chosen for nothing more, under V1 and V2; what it works on goes on, and Kafka may still bring it tickets that are not routed by worker: all of V1, and those of V2 without TICKETS_ROUTING=worker",
	task_type:
		"tickets of this kind wait in plans under V2, at most SCHEDULER_PAUSED_WAIT_MS; under V1 nothing waits, so they go out as ever, and what undoes a plan's work goes out too",
};

/** A pause with its share as it is now. */
export function showPause(subject: PauseSubject, pause: Pause) {
	const { since_ms, actor, reason, resumed } = pause;
	const { share } = viewPause(pause, Date.now()) ?? { share: 1 };
	const effect = effects[subject.kind];
	return { ...subject, effect, since_ms, actor, reason, share, resumed };
}

/** The worker as the registry knows it now, else as it was last known. Throws WORKER_NOT_FOUND. */
export async function readWorker(sources: WorkerSources, agentId: string) {
	const { workers, source, age_ms } = await sources.readView();
	const known = workers.find(({ agent_id }) => agent_id === agentId);
	const agent = await sources.readAgent(agentId).catch((error: unknown) => {
		if (known === undefined) throw error;
		return undefined;
	});
	const worker = agent === undefined ? known : toKnownWorker(agent);
	if (worker === undefined)
		throw new OrchestratorError(
			"WORKER_NOT_FOUND",
			`worker ${agentId} not found`,
		);
	const traces = tracesOf(await sources.readTraces([agentId]), worker);
	return {
		...show({ ...worker, paused: known?.paused ?? worker.paused }, traces),
		executing:
			agent === undefined ? null : readExecuting(agent.metadata.executing),
		version: agent?.version ?? null,
		cluster: agent?.cluster ?? null,
		source,
		age_ms,
	};
}

function hasStatus(
	{ status, paused }: KnownWorker,
	wanted: string | undefined,
): boolean {
	if (wanted === "PAUSED") return paused !== null;
	return wanted === undefined || status === wanted;
}

function show(worker: KnownWorker, traces: WorkerTrace[] | null) {
	return {
		...worker,
		capabilities: [...worker.capabilities],
		score: weighWorker({ ...scoreWorker(worker), traces: scoreOf(traces) }),
		traces,
	};
}

/** Kinds of tickets, the newest first. */
const SHOWN_IN_LIST = 5;

function tracesOf(
	traces: ReadonlyMap<string, WorkerTrace[]> | undefined,
	{ agent_id }: KnownWorker,
	limit = Infinity,
): WorkerTrace[] | null {
	return traces === undefined
		? null
		: (traces.get(agent_id) ?? []).slice(0, limit);
}

/** Of all kinds alike: which one a ticket is of is not known here. */
function scoreOf(traces: WorkerTrace[] | null): number {
	if (traces === null || traces.length === 0) return UNKNOWN_TRACE;
	return traces.reduce((sum, { score }) => sum + score, 0) / traces.length;
}
