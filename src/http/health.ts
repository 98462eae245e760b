import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import Type, { type Static } from "typebox";
import { withinMs } from "../deadline.ts";
import { scoreHealth } from "../domain/health-score.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type Identity, identitySchema } from "./identity.ts";
import { keepAnswer } from "./keep-answer.ts";
import type { RouteRole } from "./route-access.ts";

/** One dependency. */
export interface HealthCheck {
	name: string;
	/**
	 * Whether the process needs the dependency for all its work: without it, it is neither ready nor healthy.
	 */
	required: boolean;
	/** Its part of the score, beside the others'; default 10. */
	weight?: number;
	/** Resolves when the dependency answers. */
	check(): Promise<void>;
	/** Whether calls to it fail at once, because it is known to be away. */
	circuit?(): Promise<CircuitState>;
}

/** The cached health of a dependency: its check runs at most once a second for all callers. */
export interface HealthLook {
	name: string;
	/** Never rejects. */
	ask(): Promise<CheckResult>;
}

/** What this process does not check, and why. */
export interface SkippedCheck {
	name: string;
	reason: string;
}

export type CircuitState = "closed" | "open";

export interface HealthDeps {
	service: { name: string; version: string };
	identity: Identity;
	looks: readonly HealthLook[];
	skipped: readonly SkippedCheck[];
	metrics: Pick<Metrics, "scrape">;
	/** The role for /metrics; the other routes are public. */
	metricsRole: RouteRole;
}

const CHECK_TIMEOUT_MS = 2_000;
const ANSWER_KEPT_MS = 1_000;
const USUAL_WEIGHT = 10;

const checkSchema = Type.Object({
	state: Type.Unsafe<"up" | "down">(Type.Enum(["up", "down"])),
	required: Type.Boolean(),
	/** The word of the earlier service for `up`. */
	available: Type.Boolean(),
	circuit_breaker_state: Type.Optional(
		Type.Unsafe<CircuitState>(Type.Enum(["closed", "open"])),
	),
	weight: Type.Number({ description: "Its part of the score" }),
	latency_ms: Type.Number(),
	error: Type.Optional(Type.String()),
});
export type CheckResult = Static<typeof checkSchema>;

const checksSchema = Type.Object(
	{},
	{ additionalProperties: checkSchema, description: "By dependency" },
);
const healthSchema = Type.Object({
	status: Type.Unsafe<"healthy" | "degraded" | "unhealthy">(
		Type.Enum(["healthy", "degraded", "unhealthy"]),
	),
	service: Type.String(),
	version: Type.String(),
	score: Type.Integer({
		minimum: 0,
		maximum: 100,
		description:
			"Percent of the weights of the checks below that are up; 0 when a required one is down. What is skipped does not count",
	}),
	timestamp: Type.String(),
	identity: identitySchema,
	checks: checksSchema,
	skipped: Type.Array(
		Type.Object({ name: Type.String(), reason: Type.String() }),
		{ description: "What this process does not check" },
	),
});
const readySchema = Type.Object({
	status: Type.Unsafe<"ready" | "not_ready">(Type.Enum(["ready", "not_ready"])),
	mode: Type.Unsafe<"full" | "degraded">(Type.Enum(["full", "degraded"])),
	checks: Type.Object({}, { additionalProperties: Type.Boolean() }),
});

/** `/live`, `/ready`, `/health`, `/metrics`: answered by every process, whatever its roles. */
export const healthRoutes: FastifyPluginAsyncTypebox<HealthDeps> = async (
	app,
	{ service, identity, looks, skipped, metrics, metricsRole },
) => {
	const look = () => askAll(looks);
	app.get(
		"/live",
		{
			config: { role: "public", rateLimit: false, isProbe: true },
			schema: {
				operationId: "getLive",
				tags: ["Health"],
				summary: "The process runs",
				description: "For a liveness probe: asks no dependency.",
				response: { 200: Type.Object({ status: Type.Literal("live") }) },
			},
		},
		async () => ({ status: "live" as const }),
	);

	app.get(
		"/ready",
		{
			config: { role: "public", rateLimit: false, isProbe: true },
			schema: {
				operationId: "getReady",
				tags: ["Health"],
				summary: "The process can do its work",
				description:
					"For a readiness probe: 503 while the roles start or a required dependency is away.",
				response: { 200: readySchema, 503: readySchema },
			},
		},
		async (_request, reply) => {
			const results = await look();
			const verdict = judge(results);
			const isReady = verdict !== "unhealthy";
			return await reply.code(isReady ? 200 : 503).send({
				status: isReady ? "ready" : "not_ready",
				mode: verdict === "healthy" ? "full" : "degraded",
				checks: Object.fromEntries(
					Object.entries(results).map(([name, { state }]) => [
						name,
						state === "up",
					]),
				),
			});
		},
	);

	app.get(
		"/health",
		{
			config: { role: "public", rateLimit: false },
			schema: {
				operationId: "getHealth",
				tags: ["Health"],
				summary: "The state of every dependency",
				response: { 200: healthSchema, 503: healthSchema },
			},
		},
		async (_request, reply) => {
			const results = await look();
			const status = judge(results);
			return await reply.code(status === "unhealthy" ? 503 : 200).send({
				status,
				service: service.name,
				version: service.version,
				score: scoreHealth(Object.values(results)),
				timestamp: new Date().toISOString(),
				identity,
				checks: results,
				skipped: [...skipped],
			});
		},
	);

	app.get(
		"/metrics",
		{
			config: {
				role: metricsRole,
				// A guarded route can be used to guess tokens: the rate limit counts its requests.
				...(metricsRole === "public" && { rateLimit: false }),
			},
			schema: {
				operationId: "getMetrics",
				tags: ["Health"],
				summary: "Metrics, in the format of OpenMetrics",
				produces: ["application/openmetrics-text"],
				response: { 200: Type.String() },
			},
		},
		async (_request, reply) => {
			// A check may take seconds, and a scrape may not: the next one has the answers.
			void look();
			const { contentType, text } = await metrics.scrape();
			return await reply.type(contentType).send(text);
		},
	);
};

function judge(
	results: Record<string, CheckResult>,
): "healthy" | "degraded" | "unhealthy" {
	const down = Object.values(results).filter(({ state }) => state === "down");
	if (down.some(({ required }) => required)) return "unhealthy";
	return down.length > 0 ? "degraded" : "healthy";
}

/** Checks all dependencies at the same time; each answers within the time-out. */
async function askAll(
	looks: readonly HealthLook[],
): Promise<Record<string, CheckResult>> {
	const answers = await Promise.all(
		looks.map(async ({ name, ask }) => [name, await ask()] as const),
	);
	return Object.fromEntries(answers);
}

/** One look at each dependency for all routes of a server; `tell` hears every answer. */
export function createLooks(
	checks: readonly HealthCheck[],
	tell: (name: string, isUp: boolean) => void = () => undefined,
): HealthLook[] {
	return checks.map((check) => ({
		name: check.name,
		ask: keepAnswer(async () => {
			const result = await askOne(check);
			tell(check.name, result.available);
			return result;
		}, ANSWER_KEPT_MS),
	}));
}

/** Checks one dependency; answers within two seconds. */
async function askOne({
	check,
	required,
	weight = USUAL_WEIGHT,
	circuit,
}: HealthCheck): Promise<CheckResult> {
	const startMs = performance.now();
	const error = await outcomeOf(check);
	return {
		state: error === undefined ? "up" : "down",
		required,
		available: error === undefined,
		weight,
		...(circuit && { circuit_breaker_state: await circuit() }),
		latency_ms: Math.round((performance.now() - startMs) * 10) / 10,
		...(error !== undefined && { error }),
	};
}

/** The error's text, or undefined. */
async function outcomeOf(
	check: () => Promise<void>,
): Promise<string | undefined> {
	try {
		await withinMs(CHECK_TIMEOUT_MS, check);
		return undefined;
	} catch (error) {
		return describeChain(error);
	}
}

function describeChain(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	return error.cause === undefined
		? error.message
		: `${error.message}: ${describeChain(error.cause)}`;
}
