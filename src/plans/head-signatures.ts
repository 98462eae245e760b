import type { AuditHead } from "../domain/audit-chain.ts";
import type { HeadSigner, HeadVerifier } from "./audit-ports.ts";
import { isOneOf, keyedHash } from "./keyed-hash.ts";

export interface SigningKeys {
	/** The first signs, all verify. At least one. */
	keys: readonly string[];
	/** Trails that began before, Unix epoch, ms, may be without a signature. */
	signedSinceMs: number;
}

/**
 * Signs where audit trails end with keys that are not in the database: HMAC-SHA256 of plan, trail, sequence
 * and hash, as base64url. Whoever can write to MongoDB alone cannot make one.
 */
export function createHeadSignatures({
	keys,
	signedSinceMs,
}: SigningKeys): HeadSigner & HeadVerifier {
	return {
		signedSinceMs,
		sign: async (planId, head) => macOf(keys[0] as string, planId, head),
		async isGenuine(planId, head, signature) {
			const right = keys.map((key) => macOf(key, planId, head));
			return isOneOf([signature], right);
		},
	};
}

function macOf(
	key: string,
	planId: string,
	{ trail, sequence, hash }: AuditHead,
): string {
	const text = JSON.stringify(["audit-head", planId, trail, sequence, hash]);
	return keyedHash(key, text);
}
