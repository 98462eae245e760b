import type { FastifyInstance } from "fastify";
import { decodeText, parseJson } from "../domain/parse-json.ts";
import { OrchestratorError } from "../errors.ts";
import { invalidBody } from "./invalid-body.ts";

/** Reads JSON by the rules that hold for messages on Kafka, and refuses with REQUEST_INVALID what they refuse. */
export function parseJsonBodies(
	app: Pick<FastifyInstance, "addContentTypeParser">,
): void {
	app.addContentTypeParser(
		"application/json",
		{ parseAs: "buffer" },
		async (_request: unknown, body: Buffer) => readBody(body),
	);
}

function readBody(body: Buffer): unknown {
	if (body.length === 0) throw unreadable("it is empty");
	const text = decode(body);
	try {
		return parseJson(text);
	} catch (error) {
		const { message } = error as Error;
		if (error instanceof SyntaxError) throw unreadable(message);
		throw invalidBody("$.body", `is not taken: ${message}`, "mend it");
	}
}

function decode(body: Buffer): string {
	try {
		return decodeText(body);
	} catch (error) {
		throw unreadable((error as Error).message);
	}
}

/** Without a path: clients tell what is no JSON (400) from JSON that is not what was asked for (422). */
function unreadable(why: string): OrchestratorError {
	return new OrchestratorError(
		"REQUEST_INVALID",
		`the body cannot be read as JSON: ${why}`,
		{ hint: "send JSON in UTF-8" },
	);
}
