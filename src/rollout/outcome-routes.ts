import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type from "typebox";
import {
	type ArmKind,
	armKinds,
	compareArms,
	reportArms,
} from "../domain/rollout/compare-arms.ts";
import { atMs, nullable, oneOf } from "../http/field-schemas.ts";
import { keepAnswer } from "../http/keep-answer.ts";
import { problemResponses } from "../http/problems.ts";
import { renderArmMetrics } from "./arm-metrics.ts";
import type { OutcomeReader } from "./outcome-reader.ts";

/** The ports of the routes of outcomes. */
export interface OutcomeSources {
	outcomes: Pick<OutcomeReader, "readWindow" | "countSince">;
	/**
	 * Open plans of the version or the build, by Temporal's count; null: no release says of which deployment the
	 * build is. Throws TEMPORAL_UNAVAILABLE.
	 */
	countOpen(by: ArmKind, arm: string): Promise<number | null>;
	/** The builds of the release under way. */
	builds(): { base: string; candidate: string } | undefined;
}

const HOUR_MS = 3_600_000;
const MAX_HOURS = 720;
/** A scrape costs MongoDB no more than this often. */
const KEPT_MS = 10_000;

const estimateSchema = Type.Object(
	{ value: Type.Number(), low: Type.Number(), high: Type.Number() },
	{ description: "With its interval of 95 % confidence" },
);
const figures = {
	n: Type.Integer({ description: "Plans that ended and are compared" }),
	ok: Type.Integer(),
	failed: Type.Integer(),
	late: Type.Integer({
		description: "Of the successful ones, those that missed their deadline",
	}),
	success_rate: nullable(estimateSchema),
	duration_ms: nullable(
		Type.Object({
			mean: estimateSchema,
			p50: Type.Number(),
			p95: Type.Number(),
			p99: Type.Number(),
		}),
	),
};
const reportSchema = Type.Object({
	by: oneOf(armKinds),
	hours: Type.Number(),
	from: atMs,
	to: atMs,
	is_cut: Type.Boolean({
		description: "Only the newest outcomes of the window were looked at",
	}),
	arms: Type.Array(
		Type.Object({
			arm: Type.String({ description: "V1, V2 or a build" }),
			...figures,
			excluded: Type.Integer({
				description:
					"Ended and not compared: its version or build was named, or no arm can cause its end",
			}),
			in_flight: nullable(
				Type.Integer({
					description:
						"Open plans, counted by Temporal's visibility; null: not known",
				}),
			),
			by_risk_band: Type.Object(
				{},
				{ additionalProperties: Type.Object(figures) },
			),
		}),
	),
	difference: nullable(
		Type.Object(
			{
				base: Type.String(),
				candidate: Type.String(),
				success_rate: estimateSchema,
				duration_ms: estimateSchema,
				evidence: Type.Number({
					description: "That the candidate fails more often; 1: none",
				}),
				probability_of_harm: nullable(
					Type.Number({
						description:
							"That its rate of failures is above the base's by more than `margin`; null: too few plans",
					}),
				),
				margin: Type.Number(),
			},
			{ description: "Above zero: the candidate does better" },
		),
	),
});

/** How plans ended, by version or by build. */
export const outcomeRoutes: FastifyPluginAsyncTypebox<OutcomeSources> = async (
	app,
	sources,
) => {
	app.get(
		"/outcomes",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "compareOutcomes",
				tags: ["Deploy"],
				summary: "How plans ended, by version or by build, and the difference",
				querystring: Type.Object(
					{
						hours: Type.Number({
							default: 24,
							exclusiveMinimum: 0,
							maximum: MAX_HOURS,
						}),
						by: oneOf(armKinds, "What is compared"),
					},
					{ additionalProperties: false },
				),
				response: { 200: reportSchema, ...problemResponses },
			},
		},
		(request) => report(sources, request.query.by, request.query.hours),
	);
};

/** `GET /api/v2/orchestrate/metrics` of the system before. */
export const armMetricsRoute: FastifyPluginAsyncTypebox<
	OutcomeSources
> = async (app, sources) => {
	const beganAtMs = Date.now();
	const read = keepAnswer(
		async () =>
			renderArmMetrics(
				(await report(sources, "version", 24)).arms,
				await sources.outcomes.countSince(beganAtMs),
			),
		KEPT_MS,
	);
	app.get(
		"/orchestrate/metrics",
		{
			config: { role: "viewer" },
			schema: {
				operationId: "getArmMetrics",
				tags: ["Deploy"],
				summary: "V1 and V2 as metrics, by the names of the system before",
				description:
					"Counters are of all processes since this one began: scrape one of them. Gauges are of the last 24 hours, and absent while there is nothing to say.",
				produces: ["text/plain"],
				response: { 200: Type.String(), ...problemResponses },
			},
		},
		async (_request, reply) =>
			await reply
				.type("text/plain; version=0.0.4; charset=utf-8")
				.send(await read()),
	);
};

async function report(
	{ outcomes: reader, countOpen, builds }: OutcomeSources,
	by: ArmKind,
	hours: number,
) {
	const to = Date.now();
	const from = Math.round(to - hours * HOUR_MS);
	const { outcomes, isCut } = await reader.readWindow(from);
	const release = builds();
	const pair = by === "version" ? { base: "V1", candidate: "V2" } : release;
	const arms = reportArms(outcomes, by, pair && Object.values(pair));
	const open = await Promise.all(
		arms.map(({ arm }) => countOpen(by, arm).catch(() => null)),
	);
	return {
		...{ by, hours, from, to, is_cut: isCut },
		arms: arms.map((arm, index) => ({
			...arm,
			in_flight: open[index] ?? null,
		})),
		difference: (pair && compareArms(outcomes, by, pair)) ?? null,
	};
}
