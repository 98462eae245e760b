import { readJwksAddress } from "./jwks-address.ts";

const TIMEOUT_MS = 5_000;

/**
 * How many keys an identity provider shows at the address of its JWKS. Rejects when it cannot be reached,
 * or answers something else.
 */
export async function countKeys(jwksUrl: string): Promise<number> {
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	const { url, headers } = readJwksAddress(jwksUrl);
	const response = await fetch(url, { signal, headers, redirect: "manual" });
	if (response.status !== 200) {
		throw new Error(`the status ${response.status} instead of keys`);
	}
	const { keys } = ((await response.json()) ?? {}) as { keys?: unknown };
	if (!Array.isArray(keys)) throw new Error("JSON that is no set of keys");
	return keys.length;
}
