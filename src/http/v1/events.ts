import type { ServerResponse } from "node:http";
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { changeKinds } from "../../domain/change.ts";
import { hasCode, OrchestratorError } from "../../errors.ts";
import type { ChangeSource } from "../../plans/change-ports.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { unavailableLines } from "../events/event-lines.ts";
import {
	createEventOutlet,
	type EventOutlet,
	type OutletSettings,
} from "../events/event-outlet.ts";
import { type EventPosition, readPosition } from "../events/event-position.ts";
import { followChanges } from "../events/follow-changes.ts";
import { callerOf } from "../limit-rates.ts";
import { problemResponses } from "../problems.ts";
import { createShares, type ShareRefusal } from "../shares.ts";

export interface EventRoutesDeps {
	source: ChangeSource;
	/** Readers of this process at most. */
	maxReaders: number;
	/** The readers that one caller may have in one role. */
	maxReadersPerCaller: number;
	metrics: Pick<Metrics, "eventReaders" | "eventReadersEnded">;
	outlet?: OutletSettings;
	heartbeatMs?: number;
	/** A stream ends after this time; the reader reconnects with credentials that are valid then. */
	lifetimeMs?: number;
}

const OUTLET: OutletSettings = { bufferBytes: 262_144, patienceMs: 10_000 };
/** Proxies close silent connections after 30 s or more. */
const HEARTBEAT_MS = 15_000;
const LIFETIME_MS = 3_600_000;
/** The delay before a reader reconnects. */
const RETRY_MS = 2_000;

const kind = `(?:${changeKinds.join("|")})`;
const querySchema = Type.Object(
	{
		plan_id: Type.Optional(
			Type.String({ maxLength: 250, description: "Of this plan only" }),
		),
		kinds: Type.Optional(
			Type.String({
				pattern: `^${kind}(?:,${kind})*$`,
				description: `Of these kinds only, separated by commas: ${changeKinds.join(", ")}`,
			}),
		),
	},
	{ additionalProperties: false },
);
const headersSchema = Type.Object({
	"last-event-id": Type.Optional(
		Type.String({
			maxLength: 64,
			description: "Id of the last event; the stream goes on behind it",
		}),
	),
});

const description = `Server-sent events. \`plan\` and \`ticket\` carry facts as JSON (see \`PlanChange\` and \`TicketChange\`); \`ready\` opens the stream; \`reset\`: changes were lost, load anew; \`unavailable\`: the stream ends, come again. A reader that takes nothing for ten seconds while more waits for it is dropped. One caller may follow a bounded number of streams in one role: 429 beyond, 503 when all places are taken.`;

/** `GET /events`: changes of plans and tickets as they happen. */
export const eventRoutes: FastifyPluginAsyncTypebox<EventRoutesDeps> = async (
	app,
	deps,
) => {
	const outlets = new Set<EventOutlet>();
	const places = createShares({
		max: deps.maxReaders,
		maxPerCaller: deps.maxReadersPerCaller,
	});
	const settings = deps.outlet ?? OUTLET;
	// Otherwise an open stream would delay the stop for as long as its reader stays.
	app.addHook("preClose", async () => {
		for (const outlet of outlets) outlet.end();
	});

	app.get(
		"/events",
		{
			config: { role: "viewer" },
			exposeHeadRoute: false,
			schema: {
				operationId: "followEvents",
				tags: ["Events"],
				summary: "Changes of plans and tickets, as they happen",
				description,
				querystring: querySchema,
				headers: headersSchema,
				response: {
					200: {
						description: "A stream that ends when either side ends it",
						content: {
							"text/event-stream": { schema: Type.String() },
						},
					},
					...problemResponses,
				},
			},
		},
		async (request, reply) => {
			const from = placeOf(request.headers["last-event-id"]);
			const reader = readerOf(request);
			const refusal = places.take(reader);
			if (refusal !== undefined) throw tooManyReaders(deps, refusal);
			const { plan_id, kinds } = request.query;
			const outlet = createEventOutlet(settings);
			outlets.add(outlet);
			deps.metrics.eventReaders.set(outlets.size);
			outlet.closed.then(() => {
				outlets.delete(outlet);
				places.release(reader);
				deps.metrics.eventReaders.set(outlets.size);
				cutWhenStalled(reply.raw, settings.patienceMs);
			});
			const wanted = kinds?.split(",");
			try {
				await openStream(deps, outlet, {
					from,
					wants: (change) =>
						(plan_id === undefined || change.plan_id === plan_id) &&
						(wanted === undefined || wanted.includes(change.kind)),
				});
			} catch (error) {
				outlet.stream.destroy();
				throw error;
			}
			reply.type("text/event-stream; charset=utf-8");
			reply.header("cache-control", "no-store");
			// Proxies such as nginx would buffer events.
			reply.header("x-accel-buffering", "no");
			return reply.send(outlet.stream as never) as never;
		},
	);
};

/** A reader that does not read the end would keep its connection open, and delay the stop, for ever. */
function cutWhenStalled(response: ServerResponse, patienceMs: number): void {
	if (response.closed) return;
	const timer = setTimeout(() => response.destroy(), patienceMs);
	response.once("close", () => clearTimeout(timer));
}

type Wish = Pick<Parameters<typeof followChanges>[0], "from" | "wants">;

/** Fills the outlet until it is closed. */
async function openStream(
	{
		source,
		metrics,
		heartbeatMs = HEARTBEAT_MS,
		lifetimeMs = LIFETIME_MS,
	}: EventRoutesDeps,
	outlet: EventOutlet,
	wish: Wish,
): Promise<void> {
	outlet.write([`retry: ${RETRY_MS}`]);
	const following = await followChanges({ source, outlet, ...wish }).catch(
		(error: unknown) => {
			if (!hasCode(error, "CACHE_UNAVAILABLE")) throw error;
			// After an error response a browser would not reconnect.
			outlet.write(unavailableLines);
			outlet.end();
		},
	);
	if (following === undefined) {
		metrics.eventReadersEnded.inc({ reason: "away" });
		return;
	}
	const beat = setInterval(() => following.beat(), heartbeatMs);
	const end = setTimeout(() => {
		metrics.eventReadersEnded.inc({ reason: "lifetime" });
		outlet.end();
	}, lifetimeMs);
	outlet.closed.then(({ isSlow }) => {
		clearInterval(beat);
		clearTimeout(end);
		following.leave();
		if (isSlow) metrics.eventReadersEnded.inc({ reason: "slow" });
	});
}

function placeOf(lastEventId: string | undefined): EventPosition | undefined {
	if (lastEventId === undefined || lastEventId === "") return undefined;
	const place = readPosition(lastEventId);
	if (place !== undefined) return place;
	throw new OrchestratorError(
		"REQUEST_INVALID",
		"$.headers.last-event-id is no id of this stream",
	);
}

/** The key contains the roles: a name's readers as viewer do not use up its readers as operator. */
function readerOf(request: FastifyRequest): string {
	const roles = request.identity?.roles ?? [];
	return `${callerOf(request)} as ${[...roles].sort().join(" and ")}`;
}

function tooManyReaders(
	{ maxReaders, maxReadersPerCaller, metrics }: EventRoutesDeps,
	refusal: ShareRefusal,
): OrchestratorError {
	metrics.eventReadersEnded.inc({ reason: "limit" });
	if (refusal === "all")
		return new OrchestratorError(
			"TOO_MANY_READERS",
			`${maxReaders} readers follow the events of this process, and no more can`,
			{ hint: "come again when one has gone" },
		);
	return new OrchestratorError(
		"TOO_MANY_READERS",
		`you follow the events of this process ${maxReadersPerCaller} times, and no more often can one caller`,
		{
			status: 429,
			hint: "end a stream that you need no longer, or share one: a stream without plan_id and kinds tells of every change",
		},
	);
}
