import type { KeyObject } from "node:crypto";
import type { JWK } from "jose";

/** How signatures are made: Ed25519, P-256, or RSA with SHA-256. */
export type SigningAlgorithm = "EdDSA" | "ES256" | "RS256";

/** The key that signs now. */
interface SigningKey {
	kid: string;
	alg: SigningAlgorithm;
	/** Signatures of the texts as base64url, in their order, as JWS wants them. */
	sign(texts: readonly string[]): Promise<string[]>;
}

/** Keys that sign and verify tokens of tickets. Throws TOKENS_UNAVAILABLE when they are kept elsewhere, and away. */
export interface KeyRing {
	signing(): Promise<SigningKey>;
	/** undefined: no such key is ours. */
	publicKey(kid: string): Promise<KeyObject | undefined>;
	/** All keys that verify, for the JWKS route. */
	published(): Promise<JWK[]>;
}

/** The algorithm of a key; undefined: none of ours. */
export function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
	if (key.asymmetricKeyType === "ed25519") return "EdDSA";
	if (key.asymmetricKeyType === "rsa") return "RS256";
	const curve = key.asymmetricKeyDetails?.namedCurve;
	return curve === "prime256v1" ? "ES256" : undefined;
}

/** As a JWKS has it. */
export function toJwk(key: KeyObject, kid: string, alg: SigningAlgorithm): JWK {
	return { ...(key.export({ format: "jwk" }) as JWK), kid, alg, use: "sig" };
}
