import { type Static, type TObject, Type } from "typebox";
import { flag, optionalText } from "./setting.ts";

/** A token of its own for each attempt: signed, short-lived, good for nothing but its ticket. */
export const ticketTokenSettings = {
	TICKET_JWT_ENABLED: flag(
		false,
		"Publish each attempt with a JSON web token in the header ticket-token: it names ticket, plan and capabilities, ends with the attempt's time-out, and results must return it",
	),
	TICKET_JWT_KEYS: Type.Optional(
		Type.String({
			secret: true,
			pattern: "^\\s*-----BEGIN ",
			rule: "one or two private keys as PEM, Ed25519, P-256 or RSA, one behind the other",
			description:
				"Keys of TICKET_JWT_ENABLED: the first signs, both verify. A new key is added behind the old one everywhere, then put before it, then the old one is taken out when its tickets have ended",
			example: "-----BEGIN PRIVATE KEY----- ...",
		}),
	),
	TICKET_JWT_ISSUER: Type.String({
		default: "orchestrator-dynamic",
		description: "Claim iss of these tokens",
		example: "orchestrator-dynamic",
	}),
	TICKET_JWT_AUDIENCE: Type.String({
		default: "worker-agents",
		description: "Claim aud of these tokens",
		example: "worker-agents",
	}),
	TICKET_JWT_VAULT_URL: Type.Optional(
		Type.String({
			pattern: "^https?://[^\\s]+$",
			rule: "an address, http or https",
			description:
				"Vault, whose transit engine signs instead of TICKET_JWT_KEYS: no key is here then",
			example: "https://vault:8200",
		}),
	),
	TICKET_JWT_VAULT_MOUNT: Type.String({
		default: "transit",
		description: "Path of the transit engine",
		example: "transit",
	}),
	TICKET_JWT_VAULT_KEY: Type.String({
		default: "execution-tickets",
		description: "Name of the key there: ed25519, ecdsa-p256 or rsa",
		example: "execution-tickets",
	}),
	TICKET_JWT_VAULT_TOKEN_PATH: optionalText(
		"File with the token for Vault, as its agent writes it; read at each use",
		"/vault/token",
	),
};

type Known = Partial<Static<TObject<typeof ticketTokenSettings>>>;

/** Tokens that nobody could sign. */
export function ticketJwtWithoutKey({
	TICKET_JWT_ENABLED,
	TICKET_JWT_KEYS,
	TICKET_JWT_VAULT_URL,
	TICKET_JWT_VAULT_TOKEN_PATH,
}: Known): string[] {
	if (TICKET_JWT_ENABLED !== true) return [];
	if (TICKET_JWT_VAULT_URL === undefined)
		return TICKET_JWT_KEYS === undefined
			? [
					"TICKET_JWT_ENABLED is true, but neither TICKET_JWT_KEYS nor TICKET_JWT_VAULT_URL is set; tokens need a key; for example TICKET_JWT_KEYS_FILE=/run/secrets/ticket-keys.pem",
				]
			: [];
	return [
		...(TICKET_JWT_KEYS === undefined
			? []
			: [
					"TICKET_JWT_KEYS and TICKET_JWT_VAULT_URL are both set; one of them signs; leave the other out",
				]),
		...(TICKET_JWT_VAULT_TOKEN_PATH === undefined
			? [
					"TICKET_JWT_VAULT_URL is set, but TICKET_JWT_VAULT_TOKEN_PATH is not; Vault signs for holders of a token; for example TICKET_JWT_VAULT_TOKEN_PATH=/vault/token",
				]
			: []),
	];
}

/** null: attempts have no such token. */
export function toTicketJwtConfig(
	env: Static<TObject<typeof ticketTokenSettings>>,
) {
	if (!env.TICKET_JWT_ENABLED) return null;
	return {
		issuer: env.TICKET_JWT_ISSUER,
		audience: env.TICKET_JWT_AUDIENCE,
		/** PEM; null: Vault signs. */
		keys: env.TICKET_JWT_KEYS ?? null,
		vault:
			env.TICKET_JWT_VAULT_URL === undefined
				? null
				: {
						url: env.TICKET_JWT_VAULT_URL,
						mount: env.TICKET_JWT_VAULT_MOUNT,
						key: env.TICKET_JWT_VAULT_KEY,
						tokenPath: env.TICKET_JWT_VAULT_TOKEN_PATH as string,
					},
	};
}
export type TicketJwtConfig = NonNullable<ReturnType<typeof toTicketJwtConfig>>;
