import type { Static } from "typebox";
import type { Author } from "../domain/author.ts";
import type { RolloutCommand } from "../domain/rollout/commands.ts";
import { invalidBody } from "../http/problems.ts";
import type { commandSchema } from "./schemas.ts";

/** The command that a body asks for, `retry` and `undo` aside. Throws REQUEST_INVALID when something is missing. */
export function commandOf(
	{
		verb,
		how = "skipStep",
		weight,
		policy,
		step,
	}: Static<typeof commandSchema>,
	author: Author,
): RolloutCommand {
	const by = { ...author, ...(step !== undefined && { step }) };
	switch (verb) {
		case "setWeight":
			if (weight === undefined)
				throw invalidBody("$.body.weight", "is missing: say which");
			return { ...by, verb, weight };
		case "setPolicy":
			if (policy === undefined)
				throw invalidBody("$.body.policy", "is missing: say what changes");
			return { ...by, verb, policy };
		case "promote":
			return { ...by, verb, how };
		case "pause":
		case "resume":
		case "abort":
		case "approve":
			return { ...by, verb };
		default:
			throw invalidBody("$.body.verb", `${verb} is asked otherwise`);
	}
}
