import type { Config } from "../config.ts";
import {
	createResultTokens,
	hmacTokens,
	type ResultTokens,
} from "../plans/result-tokens.ts";
import { jwtTokens } from "../ticket-tokens/jwt-tokens.ts";
import { openOwnKeys } from "../ticket-tokens/own-keys.ts";
import type { OpenedTicketJwt } from "../ticket-tokens/sources.ts";
import { createVaultKeys } from "../ticket-tokens/vault-keys.ts";

/** What proves that a result comes from the worker that was given its ticket. */
export interface TokenParts {
	tokens: ResultTokens;
	/** undefined: attempts have no JSON web token. */
	ticketJwt: OpenedTicketJwt | undefined;
}

/**
 * JSON web tokens stand before the older ones: with both on, new tickets have the former and results of older
 * tickets are still believed.
 */
export async function openTicketTokens({
	ticketJwt: config,
	resultTokenKeys,
	plan,
	intake,
}: Pick<
	Config,
	"ticketJwt" | "resultTokenKeys" | "plan" | "intake"
>): Promise<TokenParts> {
	const older = resultTokenKeys.length > 0 ? [hmacTokens(resultTokenKeys)] : [];
	if (config === null)
		return {
			tokens: createResultTokens(older, resultTokenKeys),
			ticketJwt: undefined,
		};
	const { issuer, audience, keys: pem, vault } = config;
	const settings = {
		...{ issuer, audience },
		queueAllowanceMs: plan.ticketQueueAllowanceMs,
		workerBackoffMs: plan.ticketWorkerBackoffMs ?? 0,
		minTimeoutMs: plan.ticketMinTimeoutMs,
		longestWaitMs: intake.resultRetryMaxAgeMs,
	};
	const keys =
		vault === null ? await openOwnKeys(pem as string) : createVaultKeys(vault);
	// Seals need a secret that stays here: the keys themselves, where they are here.
	const sealKeys = [...resultTokenKeys, ...(pem === null ? [] : [pem.trim()])];
	return {
		tokens: createResultTokens([jwtTokens(settings, keys), ...older], sealKeys),
		ticketJwt: { settings, keys },
	};
}
