import type { FastifyRequest } from "fastify";
import {
	isServiceName,
	type PlanOrigin,
	type Provenance,
	SERVICE_NAME_REFUSAL,
} from "../domain/origin.ts";
import { OrchestratorError } from "../errors.ts";
import { invalidBody } from "./problems.ts";

/**
 * The actor and the reason of a command, for every record of it. The name of the credentials counts before
 * the name in the body; halves of surrogate pairs become U+FFFD. Throws REQUEST_INVALID when there is no
 * name, and for the service's own name; FORBIDDEN when credentials have that name.
 */
export function commandAuthor(
	{ identity }: Pick<FastifyRequest, "identity">,
	{ actor: named, reason }: { actor?: string; reason: string },
): { actor: string; reason: string } {
	const actor = identity?.name ?? named;
	if (actor !== undefined) {
		refuseServiceName(actor, identity !== null);
		return { actor: actor.toWellFormed(), reason: reason.toWellFormed() };
	}
	throw invalidBody(
		"$.body.actor",
		"is missing: say who asks, or send credentials",
	);
}

function refuseServiceName(actor: string, isKnown: boolean): void {
	if (!isServiceName(actor)) return;
	if (!isKnown) throw invalidBody("$.body.actor", SERVICE_NAME_REFUSAL);
	throw new OrchestratorError(
		"FORBIDDEN",
		`the name of your credentials ${SERVICE_NAME_REFUSAL}`,
		{ hint: "use credentials with another name" },
	);
}

/** The user agent of the command line; only a word in the audit trail depends on it. */
const CLI_AGENT = /^orchestrator-cli\b/;

/** The provenance of a request: REST or command line, authenticated or not. */
export function provenanceOf({
	identity,
	headers,
}: Pick<FastifyRequest, "identity" | "headers">): Provenance {
	const isCli = CLI_AGENT.test(headers["user-agent"] ?? "");
	return {
		via: { kind: isCli ? "cli" : "rest" },
		authenticated: identity !== null,
	};
}

/**
 * The origin of a submitted plan: the name of the credentials, else the caller's address. Throws FORBIDDEN
 * for the service's own name.
 */
export function planOriginOf(
	request: Pick<FastifyRequest, "identity" | "headers" | "ip">,
): PlanOrigin {
	const name = request.identity?.name;
	if (name !== undefined) refuseServiceName(name, true);
	const submitted_by = (name ?? `a client at ${request.ip}`).toWellFormed();
	return { submitted_by, ...provenanceOf(request) };
}
