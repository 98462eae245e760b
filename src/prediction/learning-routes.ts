import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import { driftStatuses } from "../domain/prediction/model-words.ts";
import { problemResponses } from "../http/problems.ts";
import { planNotFound, planParamsSchema } from "../http/v1/plans.ts";
import { ticketNotFound } from "../http/v1/tickets.ts";
import { explainTicket } from "./explain-ticket.ts";
import type { MlSources } from "./ml-ports.ts";
import {
	driftSchema,
	explanationSchema,
	replayedPlanSchema,
	statsSchema,
	weightsSchema,
} from "./ml-schemas.ts";
import type { LearningReport } from "./ports.ts";

const tags = ["Learning"];

/** How good predictions are, and what a ticket's rests on. */
export const learningRoutes: FastifyPluginAsyncTypebox<MlSources> = async (
	app,
	{ learning, readTicket, ...sources },
) => {
	app.get(
		"/ml/drift",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getDrift",
				tags,
				summary: "Whether durations leave what the model foretells, by type",
				description:
					"By residuals: how much longer or shorter tickets of a type run than predicted, against the time of training.",
				response: { 200: driftSchema, ...problemResponses },
			},
		},
		async () => driftOf(await learning.read()),
	);

	app.get(
		"/ml/predictions/stats",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getPredictionStats",
				tags,
				summary: "How far predictions were off, over the newest ended tickets",
				response: { 200: statsSchema, ...problemResponses },
			},
		},
		async () => statsOf(await learning.read()),
	);

	app.get(
		"/ml/tickets/:ticket_id/explanation",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "explainTicket",
				tags,
				summary:
					"A ticket's prediction, what it rests on, and what it would be now",
				params: Type.Object({ ticket_id: Type.String({ maxLength: 200 }) }),
				response: { 200: explanationSchema, ...problemResponses },
			},
		},
		async ({ params }) => {
			const known = await readTicket(params.ticket_id);
			if (known === undefined) throw ticketNotFound(params.ticket_id);
			return explainTicket(known, sources, Date.now());
		},
	);

	app.get(
		"/ml/plans/:plan_id/decisions",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "replayDecisions",
				tags,
				summary: "A plan's decisions, and what they would be today",
				description:
					"For each of its first 500 tickets the prediction, the priority and the worker that it got beside those of today's model, weights and workers, and what policies say of the plan now. Nothing is changed.",
				params: planParamsSchema,
				response: { 200: replayedPlanSchema, ...problemResponses },
			},
		},
		async ({ params }) => {
			const replayed = await sources.replayDecisions(params.plan_id);
			if (replayed === undefined) throw planNotFound(params.plan_id);
			return replayed;
		},
	);

	app.get(
		"/ml/weights",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "proposeWeights",
				tags,
				summary:
					"Whether another weight of the scheduler would have been better",
				description:
					"Recorded choices of the last 30 days, replayed under other weights, with how sure that is. A person applies it: SCHEDULER_AGENT_WEIGHT.",
				response: { 200: weightsSchema, ...problemResponses },
			},
		},
		async () => await sources.proposeWeights(),
	);
};

function driftOf({ model, updated_at, watermark_ms, types }: LearningReport) {
	const worst = Math.max(
		0,
		...types.map(({ drift }) => driftStatuses.indexOf(drift)),
	);
	return {
		overall_status: driftStatuses[worst] ?? "ok",
		...{ model, timestamp: updated_at, watermark_ms, types },
		recommendations: types.flatMap(({ recommendation }) =>
			recommendation === null ? [] : [recommendation],
		),
	};
}

function statsOf({
	model,
	updated_at,
	learned,
	skipped,
	types,
	shadow,
}: LearningReport) {
	const sum = (value: (one: (typeof types)[number]) => number) =>
		types.reduce((all, one) => all + value(one), 0);
	const total = sum(({ tickets }) => tickets);
	const left = Object.values(skipped).reduce((all, one) => all + one, 0);
	/** By tickets, of the types that have the figure. */
	const percent = (field: "mae_share" | "p90_coverage") => {
		const known = types.filter((one) => one[field] !== null);
		const weight = known.reduce((all, { tickets }) => all + tickets, 0);
		if (weight === 0) return null;
		const mean = known.reduce(
			(all, one) => all + ((one[field] as number) * one.tickets) / weight,
			0,
		);
		return Math.round(10_000 * mean) / 100;
	};
	return {
		...{ model, updated_at, skipped, shadow },
		total_predictions: total,
		success_rate: learned + left === 0 ? null : learned / (learned + left),
		duration_mae_pct: percent("mae_share"),
		p90_coverage_pct: percent("p90_coverage"),
		anomaly_rate:
			total === 0 ? null : sum(({ anomaly_alarms: one }) => one) / total,
		false_alarms: sum(({ false_alarms }) => false_alarms),
	};
}
