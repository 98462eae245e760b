import type { Log } from "../../log.ts";
import type { AccessControl, NoAccessControl } from "./access-control.ts";
import {
	createJwtAuthenticator,
	type JwtSettings,
} from "./jwt-authenticator.ts";
import { createTokenAuthenticator } from "./token-authenticator.ts";

export type AccessSettings =
	| NoAccessControl
	| { mode: "token"; tokensFile: string }
	| ({ mode: "jwt" } & JwtSettings);

/**
 * Makes the access control of the settings. Throws SETTINGS_INVALID when the file of tokens cannot be read.
 */
export async function createAccess(
	settings: AccessSettings,
	log: Log,
): Promise<AccessControl> {
	if (settings.mode === "none") return settings;
	const authenticate =
		settings.mode === "token"
			? await createTokenAuthenticator(settings.tokensFile, log)
			: createJwtAuthenticator(settings);
	return { mode: settings.mode, authenticate };
}
