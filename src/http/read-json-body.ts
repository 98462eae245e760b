import { decodeText, parseJson } from "../domain/parse-json.ts";
import { OrchestratorError } from "../errors.ts";
import { invalidBody } from "./problems.ts";

/**
 * Parses the JSON of a body, by the rules of messages on Kafka. Throws REQUEST_INVALID for bytes that those
 * rules refuse.
 */
export function readJsonBody(body: Uint8Array): unknown {
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

function decode(body: Uint8Array): string {
	try {
		return decodeText(body);
	} catch (error) {
		throw unreadable((error as Error).message);
	}
}

/**
 * Without a path: clients distinguish a body that is no JSON (400) from JSON that is not valid here (422).
 */
function unreadable(why: string): OrchestratorError {
	return new OrchestratorError(
		"REQUEST_INVALID",
		`the body cannot be read as JSON: ${why}`,
		{ hint: "send JSON in UTF-8" },
	);
}
