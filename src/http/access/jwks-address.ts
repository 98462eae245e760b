import { readAnswer } from "../../read-answer.ts";

export interface JwksAddress {
	/** Without user and password: fetch refuses these, and its refusal quotes them. */
	url: URL;
	/** The authorization header, if the address has user and password. */
	headers: Record<string, string>;
}

/** The URL of the identity provider's keys, and the headers of the request. */
export function readJwksAddress(text: string): JwksAddress {
	const url = new URL(text);
	const { username, password } = url;
	url.username = "";
	url.password = "";
	if (username === "" && password === "") return { url, headers: {} };
	const credentials = `${decode(username)}:${decode(password)}`;
	const authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
	return { url, headers: { authorization } };
}

/** A text that is no percent-encoding stays as it is. */
function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

const TIMEOUT_MS = 5_000;
/** A set of keys has some kilobytes. */
export const MAX_JWKS_BYTES = 1_048_576;

/**
 * The number of keys at an identity provider's JWKS address. Rejects when the provider cannot be reached, or
 * answers something else.
 */
export async function countKeys(jwksUrl: string): Promise<number> {
	const signal = AbortSignal.timeout(TIMEOUT_MS);
	const { url, headers } = readJwksAddress(jwksUrl);
	const response = await fetch(url, { signal, headers, redirect: "manual" });
	if (response.status !== 200) {
		throw new Error(`the status ${response.status} instead of keys`);
	}
	const text = (await readAnswer(response, MAX_JWKS_BYTES)).toString();
	const { keys } = (JSON.parse(text) ?? {}) as { keys?: unknown };
	if (!Array.isArray(keys)) throw new Error("JSON that is no set of keys");
	return keys.length;
}
