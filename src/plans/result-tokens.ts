import { createHash } from "node:crypto";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { isObject } from "../domain/field-reader.ts";
import type { TicketResult } from "../domain/plan-run.ts";
import {
	type RecordHeader,
	TOKEN_HEADER,
	textHeaders,
	utf8Of,
} from "../domain/record-headers.ts";
import { isOneOf, keyedHash } from "./keyed-hash.ts";
import type { KafkaRecord } from "./records.ts";

/** The key of the token in a ticket's metadata and in a result's metadata. */
export const TOKEN_KEY = "ticket_token";
/** A record's proof that it had the right token before: of a dead letter without it, or of one that waits for its plan. */
export const SEAL_HEADER = "ticket-token-seal";

/** The parts of a result that its token is checked against. */
export interface TicketClaim {
	/** Wire id of the attempt. */
	ticketId: string;
	/** The record's content, in whatever form it came. */
	value: unknown;
	headers?: readonly RecordHeader[];
	/** The record's bytes; a dead letter that was sent back has a seal instead of the token. */
	bytes?: Buffer | null;
	/** When the record was written, Unix epoch, ms; absent: now. */
	writtenAtMs?: number;
	/** Whether a broker says so, and not its author. */
	isBrokersTime?: boolean;
	/** When a result that is tried again was first read, as its record says; absent: now. */
	firstSeenMs?: number;
}

/** Tickets as they go out. */
export interface StampedTickets {
	tickets: ExecutionTicket[];
	/** Tokens by wire id, where they travel as a header and not in the ticket. */
	tokens?: Readonly<Record<string, string>>;
}

/** One way to make tokens and to know them again. */
export interface TokenKind {
	/** What a text must look like to be such a token. */
	form: RegExp;
	/** Throws TOKENS_UNAVAILABLE when nothing can be signed now. */
	stamp(tickets: readonly ExecutionTicket[]): Promise<StampedTickets>;
	/** Whether one of the texts is the attempt's token. Throws TOKENS_UNAVAILABLE when nobody can tell now. */
	isRight(claim: TicketClaim, texts: readonly string[]): Promise<boolean>;
	/** Tokens of a ticket that can be had without the claim. */
	known(ticketId: string): string[];
}

/**
 * Tokens of attempts: a worker that returns the token was given the ticket. Without a kind every result is
 * believed.
 */
export interface ResultTokens {
	/** Throws TOKENS_UNAVAILABLE when nothing can be signed now. */
	stamp(tickets: readonly ExecutionTicket[]): Promise<StampedTickets>;
	/**
	 * Whether the claim has its attempt's token, or needs none. Takes as long for a wrong token as for the right
	 * one. Throws TOKENS_UNAVAILABLE when nobody can tell now.
	 */
	isProven(claim: TicketClaim): Promise<boolean>;
	/** Whether the claim is believed by a seal: without it, it may be proven no more. */
	isSealed(claim: TicketClaim): boolean;
	/** The tokens in a claim, which only the ticket's worker may read. */
	secretsOf(claim: TicketClaim): string[];
	/** Headers with the token, for a record that is written anew after it was proven. */
	proofOf(claim: TicketClaim): RecordHeader[];
	/** Headers by which a record with this value is believed later too, for a claim that was proven; none without keys. */
	sealOf(ticketId: string, value: Buffer): RecordHeader[];
	/** The record without its token, for a dead letter; sent back unchanged it is as proven as before. */
	redact(
		record: KafkaRecord,
		claim: TicketClaim | undefined,
	): Promise<KafkaRecord>;
}

/** HMAC of the wire id, in the ticket's metadata: the first key signs, every key verifies. */
export function hmacTokens(keys: readonly string[]): TokenKind {
	const known = (ticketId: string) =>
		keys.map((key) => keyedHash(key, ticketId));
	return {
		form: /^[A-Za-z0-9_-]{43}$/,
		known,
		async stamp(tickets) {
			return {
				tickets: tickets.map((ticket) => {
					const [token] = known(ticket.ticket_id);
					const metadata = { ...ticket.metadata, [TOKEN_KEY]: token as string };
					return { ...ticket, metadata };
				}),
			};
		},
		isRight: async ({ ticketId }, texts) => isOneOf(texts, known(ticketId)),
	};
}

/**
 * The first kind makes the tokens, every kind is believed. With `sealKeys` dead letters can be sent back: the
 * first seals, every one verifies.
 */
export function createResultTokens(
	kinds: readonly TokenKind[],
	sealKeys: readonly string[],
): ResultTokens {
	const sealsOf = (ticketId: string, bytes: Buffer) => {
		const hash = createHash("sha256").update(bytes).digest("hex");
		// No ticket id has a control character, so that no token is a seal.
		return sealKeys.map((key) =>
			keyedHash(key, `dead letter\n${ticketId}\n${hash}`),
		);
	};
	const echoed = (kind: TokenKind, { value, headers = [] }: TicketClaim) =>
		echoedTexts(value, headers).filter((text) => kind.form.test(text));

	const sealOf = (ticketId: string, value: Buffer) => {
		const [seal] = sealsOf(ticketId, value);
		return seal === undefined ? [] : textHeaders({ [SEAL_HEADER]: seal });
	};

	function isSealed({ ticketId, headers = [], bytes }: TicketClaim): boolean {
		if (!bytes) return false;
		const seals = headersNamed(headers, SEAL_HEADER);
		return isOneOf(seals, sealsOf(ticketId, bytes));
	}

	async function isProven(claim: TicketClaim): Promise<boolean> {
		if (kinds.length === 0 || isSealed(claim)) return true;
		for (const kind of kinds)
			if (await kind.isRight(claim, echoed(kind, claim))) return true;
		return false;
	}

	function secretsOf(claim: TicketClaim): string[] {
		return [
			...kinds.flatMap((kind) => kind.known(claim.ticketId)),
			...echoedTexts(claim.value, claim.headers ?? []).filter((text) =>
				forms.some((form) => form.test(text)),
			),
		];
	}

	return {
		isProven,
		isSealed,
		secretsOf,
		sealOf,
		stamp: async (tickets) =>
			(await kinds[0]?.stamp(tickets)) ?? { tickets: [...tickets] },
		proofOf(claim) {
			const [token] = kinds.flatMap((kind) => [
				...kind.known(claim.ticketId),
				...echoed(kind, claim),
			]);
			return token === undefined ? [] : textHeaders({ [TOKEN_HEADER]: token });
		},
		async redact(record, claim) {
			const kept = record.headers.filter(({ name }) => !isTokenHeader(name));
			if (claim === undefined) return { ...record, headers: kept };
			const bytes = blank(record.value, secretsOf(claim));
			const seal =
				bytes !== null && (await isProven(claim))
					? sealOf(claim.ticketId, bytes)
					: [];
			const others = kept.filter(({ name }) => name !== SEAL_HEADER);
			const headers = [...seal, ...others];
			return { ...record, value: bytes, headers };
		},
	};
}

/** A JSON web token; longer texts are none of ours. */
export const jwtForm =
	/^(?=.{1,8000}$)[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}$/;

/** Whatever is on now: tokens may be from a time when something else was. */
const forms = [hmacTokens([]).form, jwtForm];

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

/** Texts in the places where a result or an abandoned ticket may have its token. */
function echoedTexts(
	value: unknown,
	headers: readonly RecordHeader[],
): string[] {
	const record = isObject(value) ? value : {};
	const payload = isObject(record.result) ? record.result : {};
	const inBody = [payload.metadata, record.metadata].map((metadata) =>
		isObject(metadata) ? metadata[TOKEN_KEY] : undefined,
	);
	return [...inBody, ...headersNamed(headers, TOKEN_HEADER)].filter(
		(token): token is string => typeof token === "string",
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
