import { createHash } from "node:crypto";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { isObject } from "../domain/field-reader.ts";
import type { TicketResult } from "../domain/plan-run.ts";
import {
	type RecordHeader,
	textHeaders,
	utf8Of,
} from "../domain/record-headers.ts";
import { isOneOf, keyedHash } from "./keyed-hash.ts";
import type { KafkaRecord } from "./records.ts";

/** The key of the token in a ticket's metadata and in a result's metadata. */
export const TOKEN_KEY = "ticket_token";
/** The header in which a result may return the token instead. */
export const TOKEN_HEADER = "ticket-token";
/** A dead letter's proof that its record had the right token before the token was removed. */
export const SEAL_HEADER = "ticket-token-seal";

/** HMAC-SHA256 as base64url. */
const tokenPattern = /^[A-Za-z0-9_-]{43}$/;

/** The parts of a result that its token is checked against. */
export interface TicketClaim {
	/** Wire id of the attempt. */
	ticketId: string;
	/** The record's content, in whatever form it came. */
	value: unknown;
	headers?: readonly RecordHeader[];
	/** The record's bytes; a dead letter that was sent back has a seal instead of the token. */
	bytes?: Buffer | null;
}

/**
 * Tokens of attempts: a worker that returns the token was given the ticket. Without keys every result is
 * believed.
 */
export interface ResultTokens {
	/** The ticket as it goes out. */
	stamp(ticket: ExecutionTicket): ExecutionTicket;
	/**
	 * Whether the claim has its attempt's token, or needs none. Takes as long for a wrong token as for the right
	 * one.
	 */
	isProven(claim: TicketClaim): boolean;
	/** The tokens in a claim, which only the ticket's worker may read. */
	secretsOf(claim: TicketClaim): string[];
	/** Headers with the token, for a record that is written anew after it was proven. */
	proofOf(ticketId: string): RecordHeader[];
	/** The record without its token, for a dead letter; sent back unchanged it is as proven as before. */
	redact(record: KafkaRecord, claim: TicketClaim | undefined): KafkaRecord;
}

/** The first key signs; every key verifies. */
export function createResultTokens(keys: readonly string[]): ResultTokens {
	const tokensOf = (ticketId: string) =>
		keys.map((key) => keyedHash(key, ticketId));
	const sealsOf = (ticketId: string, bytes: Buffer) => {
		const hash = createHash("sha256").update(bytes).digest("hex");
		// No ticket id has a control character, so that no token is a seal.
		return keys.map((key) =>
			keyedHash(key, `dead letter\n${ticketId}\n${hash}`),
		);
	};

	function hasToken({ ticketId, value, headers = [] }: TicketClaim): boolean {
		const echoed = echoedTokens(value, headers);
		return isOneOf(echoed, tokensOf(ticketId));
	}

	function isProven(claim: TicketClaim): boolean {
		if (keys.length === 0 || hasToken(claim)) return true;
		const { ticketId, headers = [], bytes } = claim;
		const seals = headersNamed(headers, SEAL_HEADER);
		if (seals.length === 0 || !bytes) return false;
		return isOneOf(seals, sealsOf(ticketId, bytes));
	}

	function secretsOf({ ticketId, value, headers = [] }: TicketClaim): string[] {
		return [...tokensOf(ticketId), ...echoedTokens(value, headers)];
	}

	return {
		isProven,
		secretsOf,
		stamp(ticket) {
			const [token] = tokensOf(ticket.ticket_id);
			if (token === undefined) return ticket;
			return {
				...ticket,
				metadata: { ...ticket.metadata, [TOKEN_KEY]: token },
			};
		},
		proofOf(ticketId) {
			const [token] = tokensOf(ticketId);
			return token === undefined ? [] : textHeaders({ [TOKEN_HEADER]: token });
		},
		redact(record, claim) {
			const kept = record.headers.filter(({ name }) => !isTokenHeader(name));
			if (claim === undefined) return { ...record, headers: kept };
			const bytes = blank(record.value, secretsOf(claim));
			const [seal] =
				bytes !== null && isProven(claim) ? sealsOf(claim.ticketId, bytes) : [];
			const sealed = seal === undefined ? {} : { [SEAL_HEADER]: seal };
			const others = kept.filter(({ name }) => name !== SEAL_HEADER);
			const headers = [...others, ...textHeaders(sealed)];
			return { ...record, value: bytes, headers };
		},
	};
}

/** The result without tokens: many people can read what a plan keeps. */
export function withoutSecrets(
	result: TicketResult,
	secrets: readonly string[],
): TicketResult {
	if (secrets.length === 0) return result;
	const { error_message, output } = result;
	return {
		...result,
		error_message: error_message && blankText(error_message, secrets),
		output: Object.fromEntries(
			Object.entries(output).map(([key, text]) => [
				blankText(key, secrets),
				blankText(text, secrets),
			]),
		),
	};
}

/** The text without the secrets; as long as it was. */
function blankText(text: string, secrets: readonly string[]): string {
	return secrets.reduce(
		(rest, secret) => rest.replaceAll(secret, "*".repeat(secret.length)),
		text,
	);
}

/** Names of headers differ in case between producers. */
export function isTokenHeader(name: string): boolean {
	return (
		name.length === TOKEN_HEADER.length && name.toLowerCase() === TOKEN_HEADER
	);
}

/** As long as before, so that framing and lengths inside stay right in every format. */
function blank(
	value: Buffer | null,
	secrets: readonly string[],
): Buffer | null {
	if (value === null) return null;
	const found = secrets.filter((secret) => value.includes(secret));
	if (found.length === 0) return value;
	const copy = Buffer.from(value);
	for (const secret of found) {
		for (
			let at = copy.indexOf(secret);
			at !== -1;
			at = copy.indexOf(secret, at + secret.length)
		)
			copy.fill("*", at, at + secret.length);
	}
	return copy;
}

/** Texts in the form of a token, from the places where a result or an abandoned ticket may have one. */
function echoedTokens(
	value: unknown,
	headers: readonly RecordHeader[],
): string[] {
	const record = isObject(value) ? value : {};
	const payload = isObject(record.result) ? record.result : {};
	const inBody = [payload.metadata, record.metadata].map((metadata) =>
		isObject(metadata) ? metadata[TOKEN_KEY] : undefined,
	);
	return [...inBody, ...headersNamed(headers, TOKEN_HEADER)].filter(
		(token): token is string =>
			typeof token === "string" && tokenPattern.test(token),
	);
}

function headersNamed(
	headers: readonly RecordHeader[],
	wanted: string,
): string[] {
	return headers.flatMap(({ name, value }) => {
		if (name.length !== wanted.length || value === null) return [];
		return name.toLowerCase() === wanted ? (utf8Of(value) ?? []) : [];
	});
}
