import type { FastifyInstance } from "fastify";
import { isDeeperThan, MAX_JSON_DEPTH } from "../domain/json-depth.ts";
import type { OrchestratorError } from "../errors.ts";
import { invalidBody } from "./invalid-body.ts";

/**
 * Reads JSON as Fastify does, and refuses with REQUEST_INVALID what is nested deeper than messages on
 * Kafka may be.
 */
export function parseJsonBodies(
	app: Pick<FastifyInstance, "addContentTypeParser" | "getDefaultJsonParser">,
): void {
	const parse = app.getDefaultJsonParser("error", "error");
	app.addContentTypeParser(
		"application/json",
		{ parseAs: "buffer" },
		(request, body: Buffer, done) => {
			if (isDeeperThan(body, MAX_JSON_DEPTH)) done(tooDeep());
			else parse(request, body.toString("utf8"), done);
		},
	);
}

function tooDeep(): OrchestratorError {
	return invalidBody(
		"$.body",
		`is nested deeper than the ${MAX_JSON_DEPTH} levels that are read`,
		"flatten it",
	);
}
