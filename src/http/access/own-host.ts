import { isIPv4 } from "node:net";

/**
 * Whether the header Host is a loopback address or localhost, with any port: a name that no other machine can
 * have. Browsers always send the header; without it the answer is yes.
 */
export function isOwnHost(host: string | undefined): boolean {
	if (host === undefined || host === "") return true;
	const [, name = ""] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host) ?? [];
	const known = name.toLowerCase();
	if (known === "[::1]" || known === "localhost") return true;
	return isIPv4(known) && known.startsWith("127.");
}
