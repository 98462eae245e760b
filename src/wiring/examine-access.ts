import { stat } from "node:fs/promises";
import type { Config } from "../config.ts";
import { failed } from "../doctor/check.ts";
import {
	checkKeys,
	checkTokens,
	checkTokensMode,
} from "../doctor/check-access.ts";
import type { ServerNames } from "../doctor/explain-fault.ts";
import type { Examination } from "../doctor/run-doctor.ts";
import { countKeys } from "../http/access/jwks-address.ts";
import { readTokens } from "../http/access/token-authenticator.ts";
import { maskUrl } from "../settings/describe-setting.ts";

/** Checks the credentials' source: the file of tokens, or the identity provider's keys. */
export function examineAccess({
	access,
}: Pick<Config, "access">): Examination[] {
	if (access.mode === "none") return [];
	if (access.mode === "token") return [examineTokens(access.tokensFile)];
	const { jwksUrl } = access;
	return [
		{
			name: "identity provider",
			server: providerNames(jwksUrl),
			look: async () => [checkKeys(await countKeys(jwksUrl))],
		},
	];
}

function examineTokens(file: string): Examination {
	const name = "tokens";
	return {
		name,
		async look() {
			try {
				const tokens = checkTokens(await readTokens(file), Date.now());
				return [tokens, checkTokensMode(file, (await stat(file)).mode)];
			} catch (error) {
				const remedy = "correct the file, or API_TOKENS_FILE";
				return [failed(name, (error as Error).message, remedy)];
			}
		},
	};
}

function providerNames(jwksUrl: string): ServerNames {
	return {
		server: "the identity provider",
		address: maskUrl(jwksUrl),
		addressSetting: "AUTH_JWT_JWKS_URL",
		credentials: ["user and password in AUTH_JWT_JWKS_URL"],
		tls: {
			isOn: jwksUrl.startsWith("https:"),
			turnedOnBy: "an https address in AUTH_JWT_JWKS_URL",
			// Node.js reads it at its start.
			ca: "NODE_EXTRA_CA_CERTS",
		},
	};
}
