import {
	createRemoteJWKSet,
	customFetch,
	errors,
	type JWTPayload,
	jwtVerify,
} from "jose";
import { OrchestratorError } from "../../errors.ts";
import { fetchAtMost } from "../../read-answer.ts";
import { type CallerRole, callerRoles } from "../route-access.ts";
import type { Authenticate, Verdict } from "./access-control.ts";
import { MAX_JWKS_BYTES, readJwksAddress } from "./jwks-address.ts";

export interface JwtSettings {
	jwksUrl: string;
	issuer: string;
	audience: string;
	/** Path of the claim with the roles, parts separated by dots: `realm_access.roles`. */
	rolesClaim: string;
	/** Claim that names the caller. */
	nameClaim: string;
}

/** Asymmetric signatures only: a shared secret could be used to forge tokens. */
const ALGORITHMS = [
	...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
	...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Clocks differ a little. */
const CLOCK_TOLERANCE_SECONDS = 5;
const JWKS_TIMEOUT_MS = 5_000;

/** Authenticates JSON web tokens that are signed with a key of the JWKS; keys are fetched when needed. */
export function createJwtAuthenticator(settings: JwtSettings): Authenticate {
	const { issuer, audience } = settings;
	const { url, headers } = readJwksAddress(settings.jwksUrl);
	const keys = createRemoteJWKSet(url, {
		timeoutDuration: JWKS_TIMEOUT_MS,
		headers,
		[customFetch]: fetchAtMost(MAX_JWKS_BYTES),
	});
	return async (bearer) => {
		try {
			const { payload } = await jwtVerify(bearer, keys, {
				issuer,
				audience,
				algorithms: ALGORITHMS,
				clockTolerance: CLOCK_TOLERANCE_SECONDS,
				requiredClaims: ["exp"],
			});
			return identify(payload, settings);
		} catch (error) {
			return judge(error);
		}
	};
}

function identify(
	payload: JWTPayload,
	{ rolesClaim, nameClaim }: JwtSettings,
): Verdict {
	const name = payload[nameClaim];
	if (typeof name !== "string" || name === "") {
		const detail = `the token has no claim ${nameClaim} that names its holder`;
		return { kind: "refused", reason: "malformed", detail };
	}
	const roles = rolesIn(claimAt(payload, rolesClaim));
	if (roles.length === 0) {
		const detail = `the claim ${rolesClaim} of the token has none of the roles ${callerRoles.join(", ")}`;
		return { kind: "refused", reason: "too_weak", detail };
	}
	return { kind: "known", identity: { name, roles } };
}

/** Follows the path; a claim with dots in its name is found by its whole name. */
function claimAt(payload: JWTPayload, path: string): unknown {
	if (Object.hasOwn(payload, path)) return payload[path];
	return path.split(".").reduce<unknown>((value, part) => {
		if (typeof value !== "object" || value === null) return undefined;
		return Object.hasOwn(value, part)
			? (value as Record<string, unknown>)[part]
			: undefined;
	}, payload);
}

/** Roles are a list, or words separated by spaces. */
function rolesIn(claim: unknown): CallerRole[] {
	const words = typeof claim === "string" ? claim.split(/\s+/) : claim;
	if (!Array.isArray(words)) return [];
	return callerRoles.filter((role) => words.includes(role));
}

function judge(error: unknown): Verdict {
	if (error instanceof errors.JWTExpired) {
		return refuse("expired", "the token has expired");
	}
	if (error instanceof errors.JWTClaimValidationFailed) {
		return refuse("unknown", `the claim ${error.claim} of the token is wrong`);
	}
	if (
		error instanceof errors.JWSSignatureVerificationFailed ||
		error instanceof errors.JWKSNoMatchingKey ||
		error instanceof errors.JWKSMultipleMatchingKeys
	) {
		return refuse("unknown", "no key of this service signed the token");
	}
	if (
		error instanceof errors.JWTInvalid ||
		error instanceof errors.JWSInvalid ||
		error instanceof errors.JOSENotSupported ||
		error instanceof errors.JOSEAlgNotAllowed
	) {
		return refuse("malformed", "this is not a signed JSON web token");
	}
	throw new OrchestratorError(
		"ACCESS_UNAVAILABLE",
		"the keys that tokens are signed with cannot be had now",
		{ cause: error },
	);
}

function refuse(
	reason: "expired" | "unknown" | "malformed",
	detail: string,
): Verdict {
	return { kind: "refused", reason, detail };
}
