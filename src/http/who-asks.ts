import type { FastifyRequest } from "fastify";
import { invalidBody } from "./invalid-body.ts";

/**
 * Who asks for a command and why, as it stands in every record of it. The name of the credentials
 * wins over the one in the body; halves of surrogate pairs become U+FFFD. Throws REQUEST_INVALID when there is neither.
 */
export function whoAsks(
	{ identity }: Pick<FastifyRequest, "identity">,
	{ actor: named, reason }: { actor?: string; reason: string },
): { actor: string; reason: string } {
	const actor = identity?.name ?? named;
	if (actor !== undefined) {
		return { actor: actor.toWellFormed(), reason: reason.toWellFormed() };
	}
	throw invalidBody(
		"$.body.actor",
		"is missing: say who asks, or send credentials",
	);
}
