export interface JwksAddress {
	/** Without user and password: fetch refuses these, and its refusal quotes them. */
	url: URL;
	/** Those that carry user and password, if the address has any. */
	headers: Record<string, string>;
}

/** Where the identity provider shows its keys, and how it is asked. */
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

/** What is no percent-encoding stands for itself. */
function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

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
