import {
	compactVerify,
	createRemoteJWKSet,
	customFetch,
	decodeJwt,
	errors,
} from "jose";
import { OrchestratorError } from "../errors.ts";
import { fetchAtMost } from "../read-answer.ts";

/** What policies are told of a token (docs/policies.md). */
export interface TokenFinding {
	status: "absent" | "verified" | "unverified" | "malformed" | "no_keys";
	/** null: it cannot be read. */
	claims: Record<string, unknown> | null;
}

/** Asymmetric signatures only: a shared secret could be used to forge tokens. */
const ALGORITHMS = [
	...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
	...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
const JWKS_TIMEOUT_MS = 2_000;
const MAX_JWKS_BYTES = 1_048_576;

export type VerifyToken = (token: string | undefined) => Promise<TokenFinding>;

/**
 * Verifies signatures; what the claims are worth is for policies to say. Throws POLICY_UNAVAILABLE when the keys
 * cannot be fetched: then nobody can decide.
 */
export function createVerifyToken(jwksUrl: string | null): VerifyToken {
	const keys =
		jwksUrl === null
			? undefined
			: createRemoteJWKSet(new URL(jwksUrl), {
					timeoutDuration: JWKS_TIMEOUT_MS,
					[customFetch]: fetchAtMost(MAX_JWKS_BYTES),
				});
	return async (token) => {
		if (token === undefined || token === "")
			return { status: "absent", claims: null };
		const claims = readClaims(token);
		if (claims === null) return { status: "malformed", claims };
		if (keys === undefined) return { status: "no_keys", claims };
		try {
			await compactVerify(token, keys, { algorithms: ALGORITHMS });
			return { status: "verified", claims };
		} catch (error) {
			if (isAboutToken(error)) return { status: "unverified", claims };
			const { message } = error as Error;
			throw new OrchestratorError(
				"POLICY_UNAVAILABLE",
				`the keys of ${jwksUrl} cannot be fetched: ${message}`,
				{ cause: error },
			);
		}
	};
}

function readClaims(token: string): Record<string, unknown> | null {
	try {
		return decodeJwt(token);
	} catch {
		return null;
	}
}

/** The keys were there, and the token is not signed by one of them. */
function isAboutToken(error: unknown): boolean {
	return [
		errors.JWKSNoMatchingKey,
		errors.JWKSMultipleMatchingKeys,
		errors.JWSSignatureVerificationFailed,
		errors.JWSInvalid,
		errors.JOSEAlgNotAllowed,
		errors.JOSENotSupported,
	].some((type) => error instanceof type);
}
