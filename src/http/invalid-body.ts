import { OrchestratorError } from "../errors.ts";

/**
 * What is wrong with a body that was read: JSON, but not what the operation takes. `path` is within the
 * body, `$.body.reason`. Answered with 422; what is no JSON at all has 400.
 */
export function invalidBody(
	path: `$.body${string}`,
	problem: string,
	hint?: string,
): OrchestratorError {
	return new OrchestratorError("REQUEST_INVALID", `${path} ${problem}`, {
		path,
		...(hint !== undefined && { hint }),
	});
}
