import { errors, jwtVerify } from "jose";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { foldTicketId } from "../domain/ticket-ids.ts";
import {
	jwtForm,
	type TicketClaim,
	type TokenKind,
} from "../plans/result-tokens.ts";
import type { KeyRing } from "./key-ring.ts";

export interface TicketJwtSettings {
	issuer: string;
	audience: string;
	/** What an attempt's time-out has beside the ticket's own (protocol.md, "Time"). */
	queueAllowanceMs: number;
	workerBackoffMs: number;
	/** The least time-out of a ticket. */
	minTimeoutMs: number;
	/** A result may wait for us so long: what its author says of its time is believed within. */
	longestWaitMs: number;
}

/** What a token says of its attempt. */
export interface TicketTokenClaims {
	/** Wire id. */
	jti: string;
	plan_id: string;
	task_id: string;
	attempt: number;
	capabilities: string[];
	/** Unix epoch, seconds. */
	iat: number;
	exp: number;
}

/** Clocks differ, and a report that was sent in time is written a little later. */
const TOLERANCE_SECONDS = 60;

/**
 * JSON web tokens of attempts. One names its ticket, plan and capabilities, and ends when its attempt would
 * time out: what is published again has another.
 */
export function jwtTokens(
	settings: TicketJwtSettings,
	keys: KeyRing,
	now: () => number = Date.now,
): TokenKind {
	return {
		form: jwtForm,
		known: () => [],
		async stamp(tickets) {
			const { kid, alg, sign } = await keys.signing();
			const header = encode({ alg, typ: "JWT", kid });
			const texts = tickets.map(
				(ticket) =>
					`${header}.${encode(claimsOf(ticket, settings, Math.floor(now() / 1000)))}`,
			);
			const signatures = await sign(texts);
			const tokens = Object.fromEntries(
				tickets.map(({ ticket_id }, at) => [
					ticket_id,
					`${texts[at]}.${signatures[at]}`,
				]),
			);
			return { tickets: [...tickets], tokens };
		},
		async isRight(claim, texts) {
			const atMs = judgedAtMs(claim, now(), settings);
			for (const text of texts) {
				const claims = await verifyTicketToken(text, settings, keys, atMs);
				if (claims !== undefined && claims.jti === foldTicketId(claim.ticketId))
					return true;
			}
			return false;
		},
	};
}

/**
 * What waited for us is judged by when it was written. Of who dates its record back is believed that it waited so long
 * before it was first read, and of a retry record that this is so long ago; who says more gains nothing.
 */
function judgedAtMs(
	claim: TicketClaim,
	nowMs: number,
	{ longestWaitMs }: TicketJwtSettings,
): number {
	const { writtenAtMs = 0, isBrokersTime = false, firstSeenMs = nowMs } = claim;
	if (writtenAtMs <= 0) return nowMs;
	const seenMs = Math.min(nowMs, Math.max(nowMs - longestWaitMs, firstSeenMs));
	const earliestMs = isBrokersTime ? 0 : seenMs - longestWaitMs;
	return Math.min(nowMs, Math.max(earliestMs, writtenAtMs));
}

/**
 * What a token says; undefined: it is none of ours, or had expired at that time. Throws TOKENS_UNAVAILABLE
 * when that cannot be said now.
 */
export async function verifyTicketToken(
	token: string,
	{ issuer, audience }: Pick<TicketJwtSettings, "issuer" | "audience">,
	keys: KeyRing,
	atMs: number,
): Promise<TicketTokenClaims | undefined> {
	try {
		const { payload } = await jwtVerify(
			token,
			async ({ kid = "" }) => {
				const key = await keys.publicKey(kid);
				if (key === undefined) throw new errors.JWKSNoMatchingKey();
				return key;
			},
			{
				issuer,
				audience,
				algorithms: ["EdDSA", "ES256", "RS256"],
				currentDate: new Date(atMs),
				clockTolerance: TOLERANCE_SECONDS,
				requiredClaims: ["exp", "jti", "plan_id"],
			},
		);
		return payload as unknown as TicketTokenClaims;
	} catch (error) {
		if (error instanceof errors.JOSEError || error instanceof TypeError)
			return undefined;
		throw error;
	}
}

function claimsOf(
	ticket: ExecutionTicket,
	settings: TicketJwtSettings,
	issuedAt: number,
) {
	const { issuer: iss, audience: aud } = settings;
	const claims: TicketTokenClaims = {
		jti: ticket.ticket_id,
		plan_id: ticket.plan_id,
		task_id: ticket.task_id,
		attempt: ticket.retry_count + 1,
		capabilities: ticket.required_capabilities,
		iat: issuedAt,
		exp: issuedAt + Math.ceil(lifetimeMs(ticket, settings) / 1000),
	};
	return { iss, aud, ...claims };
}

/**
 * The attempt's time-out, as `attemptTimeoutMs` counts it. Under V1 a ticket may wait for others: then that of
 * all tickets along the longest path to it, each of which has at least `minTimeoutMs`.
 */
function lifetimeMs(
	{ sla, dependencies, created_at, metadata }: ExecutionTicket,
	{ queueAllowanceMs, workerBackoffMs, minTimeoutMs }: TicketJwtSettings,
): number {
	const waits =
		metadata.orchestrator_version === "V1" && dependencies.length > 0;
	const spanMs = waits
		? Math.max(sla.timeout_ms, sla.deadline - created_at)
		: sla.timeout_ms;
	const steps = waits ? Math.ceil(spanMs / minTimeoutMs) : 1;
	const backoffMs = workerBackoffMs * (2 ** sla.max_retries - 1);
	return (
		Math.ceil(1.5 * spanMs * (sla.max_retries + 1)) +
		steps * (backoffMs + queueAllowanceMs)
	);
}

function encode(value: object): string {
	return Buffer.from(JSON.stringify(value)).toString("base64url");
}
