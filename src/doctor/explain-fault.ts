/** The settings by which one server is spoken to, by name. */
export interface ServerNames {
	/** The server, for people: `Kafka`. */
	server: string;
	/** Where it is looked for: `kafka-1:9092`. */
	address: string;
	/** Setting with the address. */
	addressSetting: string;
	/** Settings with user and password or key; empty: none are sent. */
	credentials: readonly string[];
	tls: {
		isOn: boolean;
		turnedOnBy: string;
		ca?: string;
		certificate?: string;
		serverName?: string;
	};
}

export interface Fault {
	/** The fault, in words. */
	detail: string;
	/** The remedy, with the name of the setting. */
	remedy: string;
}

interface FaultRule {
	/** Is looked for in the codes and messages of the error and its causes. */
	pattern: RegExp;
	explain(names: ServerNames): Fault;
}

/** The first that matches explains; an alert comes from the other side and is about our certificate. */
const rules: readonly FaultRule[] = [
	{
		pattern:
			/alert.{0,20}certificate.?(expired|revoked|unknown|required)|alert.{0,20}(bad.?certificate|unknown.?ca)|ALERT_(CERTIFICATE|BAD_CERT|UNKNOWN_CA)|CERTIFICATE_REQUIRED|alert number (42|44|45|46|48|116)/i,
		explain: ({ server, address, tls }) => ({
			detail: `${server} at ${address} does not take our certificate, or asks for one and gets none`,
			remedy: `set ${tls.certificate} to a certificate that is still valid and that an authority of the server has signed`,
		}),
	},
	{
		pattern: /certificate has expired|CERT_HAS_EXPIRED|not yet valid/i,
		explain: ({ server, address, tls }) => ({
			detail: `the certificate of ${server} at ${address}, or of the authority in ${tls.ca}, has expired`,
			remedy: `renew the server's certificate; if it is in order, renew the file of ${tls.ca}, and see that this machine's clock is right`,
		}),
	},
	{
		pattern: /altnames|ERR_TLS_CERT_ALTNAME|Hostname\/IP/i,
		explain: ({ server, address, addressSetting, tls }) => ({
			detail: `the certificate of ${server} at ${address} is for another name`,
			remedy:
				tls.serverName === undefined
					? `name the server in ${addressSetting} as its certificate does`
					: `set ${tls.serverName} to the name in the certificate, or ${addressSetting} to that address`,
		}),
	},
	{
		pattern:
			/self.signed|unable to (verify|get)|UNABLE_TO_|SELF_SIGNED|unknown issuer|invalid peer certificate/i,
		explain: ({ server, address, tls }) => ({
			detail: `the certificate of ${server} at ${address} is not signed by an authority that we trust`,
			remedy: `set ${tls.ca} to a file with the authority that signed it`,
		}),
	},
	{
		pattern:
			/wrong version number|WRONG_VERSION|packet length too long|unknown protocol|before secure TLS connection/i,
		explain: ({ server, address, addressSetting, tls }) => ({
			detail: `${server} at ${address} does not speak TLS`,
			remedy: `point ${addressSetting} at the server's TLS port, or take back ${tls.turnedOnBy}`,
		}),
	},
	{
		pattern:
			/authentication failed|AuthenticationFailed|SASL|WRONGPASS|NOAUTH|NOPERM|UNAUTHENTICATED|unauthorized|PERMISSION_DENIED|invalid (user|password|credentials|api key)|answered 40[13]/i,
		explain: ({ server, address, credentials }) => ({
			detail: `${server} at ${address} refuses our credentials`,
			remedy: `check ${credentials.join(", ")}`,
		}),
	},
	{
		pattern: /ENOTFOUND|EAI_AGAIN|name resolution/i,
		explain: ({ server, address, addressSetting }) => ({
			detail: `the name of ${server} in ${address} is not known here`,
			remedy: `correct ${addressSetting}, or this machine's name service`,
		}),
	},
	{
		pattern: /ECONNREFUSED/i,
		explain: ({ server, address, addressSetting }) => ({
			detail: `nothing listens for ${server} at ${address}`,
			remedy: `start the server, or correct ${addressSetting}`,
		}),
	},
];

/**
 * Explains a failed connection and names the setting to correct. Does not show the error's own text when a
 * rule matches; that text is in the log.
 */
export function explainFault(error: unknown, names: ServerNames): Fault {
	const texts = textsOf(error);
	const rule = rules.find(({ pattern }) => pattern.test(texts.join("\n")));
	if (rule !== undefined) return rule.explain(names);
	const { server, address, addressSetting, tls } = names;
	const first = texts.find((text) => text !== "") ?? "no answer";
	return {
		detail: `${server} at ${address} gives no usable answer: ${first}`,
		remedy: `see that it runs and that ${addressSetting} is right${hintOf(tls)}`,
	};
}

/** Some servers only close the connection: the possible reasons. */
function hintOf({ isOn, turnedOnBy, certificate }: ServerNames["tls"]): string {
	if (!isOn) return `; if it speaks TLS only, set ${turnedOnBy}`;
	return certificate === undefined
		? ""
		: `; if it asks for certificates, that ${certificate} names one that it takes`;
}

/** Messages and codes of an error, its causes and the errors it gathers; the outermost first. */
function textsOf(error: unknown, depth = 0): string[] {
	if (typeof error !== "object" || error === null || depth > 8) return [];
	const { message, code, details, name, cause, errors, reason } =
		error as Record<string, unknown>;
	const own = [message, code, details, name].filter(
		(part) => typeof part === "string",
	);
	const inner = [cause, reason, ...(Array.isArray(errors) ? errors : [])];
	const servers = (reason as { servers?: unknown } | undefined)?.servers;
	if (servers instanceof Map) {
		inner.push(...[...servers.values()].map((server) => server.error));
	}
	return [...own, ...inner.flatMap((one) => textsOf(one, depth + 1))];
}
