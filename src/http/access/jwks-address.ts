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
