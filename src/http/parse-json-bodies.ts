import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { hasCode, OrchestratorError } from "../errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { callerOf } from "./limit-rates.ts";
import { readJsonBody } from "./read-json-body.ts";
import { receiveBody } from "./receive-body.ts";
import { createShares, type ShareRefusal } from "./shares.ts";

export interface BodySettings {
	/** The largest body, in bytes. */
	maxBytes: number;
	/** The bytes of all bodies under way; one caller may have half of them. */
	allMaxBytes: number;
	/** A body must be complete within this time. */
	patienceMs: number;
}

declare module "fastify" {
	interface FastifyContextConfig {
		/** The handler gets the body's bytes unparsed. */
		takesBytes?: boolean;
	}
	interface FastifyRequest {
		/** The counted bytes of its body, until the request is answered or broken off, and whose they are. */
		heldBytes: number;
		heldBy: string;
	}
}

/**
 * Reads JSON by the rules of messages on Kafka; refuses invalid JSON with REQUEST_INVALID. The received bytes
 * of all bodies are counted until their requests are over, and limited: a request beyond the limit is refused
 * with TOO_MANY_BODIES.
 */
export function parseJsonBodies(
	app: FastifyInstance,
	{ maxBytes, allMaxBytes, patienceMs }: BodySettings,
	metrics: Pick<Metrics, "accessRefusals">,
): void {
	const limits = { max: allMaxBytes, maxPerCaller: allMaxBytes / 2 };
	const shares = createShares(limits);

	function hold(request: FastifyRequest, bytes: number): void {
		const refusal = shares.take(request.heldBy, bytes);
		if (refusal === undefined) request.heldBytes += bytes;
		else throw tooManyBodies(refusal, allMaxBytes);
	}

	app.decorateRequest("heldBytes", 0);
	app.decorateRequest("heldBy", "");
	app.addHook("preParsing", async (request, reply) => {
		// A connection that is gone has no address any more.
		request.heldBy = callerOf(request);
		reply.raw.once("close", () => {
			shares.release(request.heldBy, request.heldBytes);
			request.heldBytes = 0;
		});
	});
	app.addContentTypeParser(
		"application/json",
		async (request: FastifyRequest, payload: IncomingMessage) => {
			// A request to an unknown path needs no credentials: none of its body is kept.
			if (request.is404) return undefined;
			const body = await receiveBody(payload, {
				maxBytes,
				patienceMs,
				declaredBytes: Number(request.headers["content-length"]),
				hold: (bytes) => hold(request, bytes),
			}).catch((error: unknown) => {
				const reason = reasonOf(error);
				if (reason !== undefined) metrics.accessRefusals.inc({ reason });
				throw error;
			});
			const { takesBytes } = request.routeOptions.config;
			return takesBytes === true ? body : readJsonBody(body);
		},
	);
}

function reasonOf(error: unknown): string | undefined {
	if (hasCode(error, "TOO_MANY_BODIES")) return "too_many_bodies";
	return hasCode(error, "REQUEST_INVALID") && error.details.status === 408
		? "slow_body"
		: undefined;
}

function tooManyBodies(
	refusal: ShareRefusal,
	allMaxBytes: number,
): OrchestratorError {
	const isOwn = refusal === "own";
	const message = isOwn
		? `the bodies of your requests under way are more than ${allMaxBytes / 2} bytes, half of what this process takes of everybody`
		: `the bodies of all requests under way are more than the ${allMaxBytes} bytes that this process takes`;
	return new OrchestratorError("TOO_MANY_BODIES", message, {
		...(isOwn && { status: 429 }),
		hint: "send fewer large bodies at once, and this one again when others are answered",
	});
}
