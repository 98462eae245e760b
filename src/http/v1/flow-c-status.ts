import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type, { type Static } from "typebox";
import type {
	EndedPlanFigures,
	StoredAudits,
	Workflows,
} from "../../plans/workflow-ports.ts";
import { problemResponses } from "../problems.ts";

export interface FlowCStatusDeps {
	audits: Pick<StoredAudits, "listEndedPlans">;
	workflows: Pick<Workflows, "countOpenPlans">;
	nowMs?: () => number;
}

const WINDOW_MS = 24 * 3_600_000;
/** More plans than this are older than a status needs. */
const MAX_PLANS = 10_000;
const CACHE_MS = 60_000;

const statusSchema = Type.Object({
	total_processed: Type.Integer(),
	success_rate: Type.Number({ description: "Percent, two decimals" }),
	average_latency_ms: Type.Number(),
	p95_latency_ms: Type.Number(),
	active_executions: Type.Integer(),
	cached: Type.Boolean({ description: "Up to a minute old" }),
	since: Type.Integer({
		description: `Of the plans that ended since then, the newest ${MAX_PLANS} at most; Unix epoch, ms`,
	}),
});
type FlowCStatus = Static<typeof statusSchema>;

/** `GET /flow-c/status` of the earlier service: the last day in five figures. */
export const flowCStatusRoute: FastifyPluginAsyncTypebox<
	FlowCStatusDeps
> = async (app, { audits, workflows, nowMs = Date.now }) => {
	let cache: { untilMs: number; status: FlowCStatus } | undefined;
	app.get(
		"/flow-c/status",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getFlowCStatus",
				tags: ["Health"],
				summary: "How many plans ended within a day, how well and how fast",
				response: { 200: statusSchema, ...problemResponses },
			},
		},
		async () => {
			const now = nowMs();
			if (cache !== undefined && now < cache.untilMs)
				return { ...cache.status, cached: true };
			const since = now - WINDOW_MS;
			const [ended, active_executions] = await Promise.all([
				audits.listEndedPlans(since, MAX_PLANS),
				workflows.countOpenPlans(),
			]);
			const figures = summarize(ended);
			const status = { ...figures, active_executions, cached: false, since };
			cache = { untilMs: now + CACHE_MS, status };
			return status;
		},
	);
};

function summarize(ended: readonly EndedPlanFigures[]) {
	const total = ended.length;
	if (total === 0)
		return {
			total_processed: 0,
			success_rate: 0,
			average_latency_ms: 0,
			p95_latency_ms: 0,
		};
	const latencies = ended
		.map(({ created_at, finished_at }) => finished_at - created_at)
		.sort((a, b) => a - b);
	const successes = ended.filter(({ status }) => status === "SUCCESS").length;
	const sum = latencies.reduce((all, one) => all + one, 0);
	return {
		total_processed: total,
		success_rate: Math.round((successes / total) * 10_000) / 100,
		average_latency_ms: Math.round(sum / total),
		p95_latency_ms: latencies[Math.ceil(total * 0.95) - 1] ?? 0,
	};
}
