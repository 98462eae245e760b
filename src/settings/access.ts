import { accessSync, constants } from "node:fs";
import { isIPv4 } from "node:net";
import { Type } from "typebox";
import { flag, optionalText, type SettingFacts } from "./setting.ts";

const url = "^https?://\\S+$";

/** Access to the API. */
export const accessSettings = {
	AUTH_MODE: Type.Enum(["none", "token", "jwt"], {
		default: "none",
		description:
			"How callers of the API prove who they are. none: not at all, on a loopback address only; token: tokens of API_TOKENS_FILE; jwt: JSON web tokens of an identity provider",
		example: "token",
	}),
	AUTH_NONE_FORCE: flag(
		false,
		"Allow AUTH_MODE=none on any address, and requests to any host, because something else guards it",
	),
	API_TOKENS_FILE: optionalText(
		"File of tokens, one JSON record a line (orchestrator token create makes them); its changes are followed without a restart",
		"/run/secrets/api-tokens",
	),
	AUTH_JWT_JWKS_URL: Type.Optional(
		Type.String({
			pattern: url,
			rule: "an http or https URL",
			secret: "inside",
			description: "Where the identity provider shows its public keys",
			example: "https://id.example.com/.well-known/jwks.json",
		}),
	),
	AUTH_JWT_ISSUER: optionalText(
		"The claim iss every JSON web token must have",
		"https://id.example.com/",
	),
	AUTH_JWT_AUDIENCE: optionalText(
		"The claim aud every JSON web token must have",
		"orchestrator",
	),
	AUTH_JWT_ROLES_CLAIM: Type.String({
		default: "roles",
		description:
			"Claim with the caller's roles (viewer, worker, operator, releaser); dots lead into objects",
		example: "realm_access.roles",
	}),
	AUTH_JWT_NAME_CLAIM: Type.String({
		default: "sub",
		description: "Claim with the caller's name, as audit records show it",
		example: "preferred_username",
	}),
	METRICS_ROLE: Type.Enum(["public", "viewer", "operator", "releaser"], {
		default: "public",
		description: "Role that /metrics needs; public: anyone may read them",
		example: "viewer",
	}),
};

interface Values {
	AUTH_MODE?: string;
	AUTH_NONE_FORCE?: boolean;
	HTTP_HOST?: string;
	API_TOKENS_FILE?: string;
	AUTH_JWT_JWKS_URL?: string;
	AUTH_JWT_ISSUER?: string;
	AUTH_JWT_AUDIENCE?: string;
}

const neededBy = {
	none: [],
	token: ["API_TOKENS_FILE"],
	jwt: ["AUTH_JWT_JWKS_URL", "AUTH_JWT_ISSUER", "AUTH_JWT_AUDIENCE"],
} as const;

/** Problems of the settings of access taken together, one line each. */
export function findAccessProblems(values: Values): string[] {
	const { AUTH_MODE: mode, HTTP_HOST: host } = values;
	if (mode === undefined || host === undefined) return [];
	if (mode === "none" && !isLoopback(host) && values.AUTH_NONE_FORCE !== true) {
		return [
			`AUTH_MODE is "none" and HTTP_HOST is "${host}": everyone who reaches that address could do everything; it must be: AUTH_MODE=token or jwt, or HTTP_HOST=127.0.0.1, or AUTH_NONE_FORCE=true when something else guards the address`,
		];
	}
	const missing = neededBy[mode as keyof typeof neededBy]
		.filter((name) => values[name] === undefined)
		.map(
			(name) =>
				`${name} is not set; AUTH_MODE=${mode} needs it; for example ${name}=${exampleOf(name)}`,
		);
	return mode === "token"
		? [...missing, ...findFileProblems(values.API_TOKENS_FILE)]
		: missing;
}

/** The file's content is checked when it is read. */
function findFileProblems(file: string | undefined): string[] {
	if (file === undefined) return [];
	try {
		accessSync(file, constants.R_OK);
		return [];
	} catch (error) {
		const why = (error as Error).message;
		return [
			`API_TOKENS_FILE is "${file}", which cannot be read: ${why}; it must be: a file of tokens; for example API_TOKENS_FILE=${exampleOf("API_TOKENS_FILE")}`,
		];
	}
}

function exampleOf(name: keyof typeof accessSettings): string {
	return (accessSettings[name] as unknown as SettingFacts).example;
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
	if (host === "localhost" || host === "::1") return true;
	return isIPv4(host) && host.startsWith("127.");
}
