import { OrchestratorError } from "../errors.ts";
import { readAnswer } from "../read-answer.ts";

/** The whole body; one of more bytes throws MLFLOW_UNAVAILABLE. */
export async function readBody(
	response: Response,
	what: string,
	mostBytes: number,
): Promise<Buffer> {
	try {
		return await readAnswer(response, mostBytes);
	} catch (cause) {
		throw unavailable(what, cause);
	}
}

/** undefined: it is no JSON object. */
export function parseAnswer<T>(body: Buffer) {
	try {
		const value: unknown = JSON.parse(body.toString("utf8") || "{}");
		if (typeof value !== "object" || value === null) return undefined;
		return value as T & { error_code?: string; message?: string };
	} catch {
		return undefined;
	}
}

/** What failed, and why. */
export function unavailable(what: string, cause: unknown): OrchestratorError {
	const why = cause instanceof Error ? cause.message : String(cause);
	return new OrchestratorError(
		"MLFLOW_UNAVAILABLE",
		`MLflow failed at ${what}: ${why}`,
		{ cause },
	);
}
